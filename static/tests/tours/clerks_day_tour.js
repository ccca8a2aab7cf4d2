import { registry } from "@web/core/registry";

const { DateTime } = luxon;

/** The clerk opens an overdue invoice, mends what is missing and confirms. */
registry.category("web_tour.tours").add("amili_clerks_day", {
    steps: () => [
        {
            content: "Open the wizard on the overdue invoice",
            trigger: "button[name=action_amili_transfer]",
            run: "click",
        },
        {
            content: "It says in words that the Maventa ID is missing",
            trigger: ".modal .alert-danger:contains(The Maventa ID is missing)",
        },
        {
            content: "Nothing can be sent before that is mended",
            trigger: ".modal:not(:has(button[name=action_transfer]))",
        },
        {
            content: "What is missing of the customer is entered in the window itself",
            trigger: ".modal .alert-danger:contains(the street is missing) a",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=street] input",
            run: "edit Vuokrapolku 5 C 31",
        },
        {
            trigger: ".modal button[name=action_save]",
            run: "click",
        },
        {
            content: "Back in the hand-over, where the Maventa ID alone is missing",
            trigger:
                ".modal:has(.alert-danger:contains(The Maventa ID is missing)):not(:contains(the street is missing))",
        },
        {
            content: "Back to the invoice",
            trigger: ".modal .modal-footer button:contains(Cancel)",
            run: "click",
        },
        {
            content: "Not the customer's tab of the same name",
            trigger:
                ".o_form_view:has(button[name=action_amili_transfer]) .nav-link[name=amili]",
            run: "click",
        },
        {
            content: "Let the invoice be looked up at Maventa",
            trigger: "button[name=action_amili_look_up]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=maventa_invoice_id] input:value(00000000-0000-4000-8000-00000000a0a0)",
        },
        {
            content: "The company has reminded the customer itself",
            trigger: ".o_field_widget[name=amili_reminder_date] input",
            run: `edit ${DateTime.now().minus({ days: 20 }).toFormat("MM/dd/yyyy")}`,
        },
        {
            content: "Leave the field",
            trigger: ".o_field_widget[name=amili_reminder_amount] input",
            run: "click",
        },
        {
            content: "The company's reminder fee is proposed",
            trigger: ".o_field_widget[name=amili_reminder_amount] input:value(5.00)",
        },
        {
            trigger: "button[name=action_amili_transfer]",
            run: "click",
        },
        {
            content: "Nothing stands in the way any more",
            trigger: ".modal:has(button[name=action_transfer]):not(:has(.alert))",
        },
        {
            content: "The claim with its reminder fee",
            trigger: ".modal .o_field_widget[name=total_amount]:contains(747.00)",
        },
        {
            content: "The characters of the summary are counted while they are typed",
            trigger: ".modal .o_field_widget[name=assignment_summary] input",
            run: `edit ${"x".repeat(65)}`,
        },
        {
            trigger: ".modal .o_amili_count.text-danger:contains(65 / 64)",
        },
        {
            trigger: ".modal .o_field_widget[name=assignment_summary] input",
            run: "edit Vuokra, syyskuu",
        },
        {
            trigger: ".modal .o_amili_count.o_amili_aside:contains(15 / 64)",
        },
        {
            content: "The co-debtor is proposed, never added without asking",
            trigger:
                ".modal .o_field_widget[name=proposed_co_debtors]:contains(Tiina Testaaja)",
        },
        {
            trigger: ".modal button[name=action_use_standing_co_debtors]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=debtors]:contains(Co-debtor)",
        },
        {
            content: "Look at exactly what is sent",
            trigger: ".modal .nav-link[name=payload]",
            run: "click",
        },
        {
            trigger:
                '.modal .o_field_widget[name=payload_text]:contains("Tiina Testaaja"):contains("***"):not(:contains(010594Y9032))',
        },
        {
            trigger: ".modal button[name=action_transfer]",
            run: "click",
        },
        {
            content: "What happens next is said",
            trigger: ".o_notification:contains(goes out within minutes)",
        },
        {
            content: "The form shows it without being loaded anew",
            trigger: ".o_form_view .alert-info:contains(Goes out to Amili Perintä)",
        },
        {
            content: "It cannot be handed over twice",
            trigger: ".o_form_view:not(:has(button[name=action_amili_transfer]))",
        },
    ],
});

/** Another day: Amili has accepted the case and sent a reminder. */
registry.category("web_tour.tours").add("amili_clerks_day_after", {
    steps: () => [
        {
            content: "The banner tells how far Amili is",
            trigger: ".o_form_view .alert-info:contains(Stage: Reminder sent.)",
        },
        {
            content: "The chatter tells the story",
            trigger: ".o-mail-Chatter:contains(Amili Perintä has accepted the case)",
        },
        {
            trigger: ".o-mail-Chatter .o-mail-Message:contains(Reminder sent.)",
        },
        {
            content: "Open the assignment",
            trigger: "button[name=action_amili_open_assignments]",
            run: "click",
        },
        {
            trigger:
                ".o_statusbar_status button.o_arrow_button_current:contains(At Amili)",
        },
        {
            content: "What happened stands first",
            trigger:
                ".o_field_widget[name=shown_event_ids] .o_data_row:contains(Reminder sent)",
        },
        {
            trigger: ".o_notebook .nav-link[name=payers]",
            run: "click",
        },
        {
            content: "Both debtors are named",
            trigger: ".o_field_widget[name=payer_ids]:contains(Tiina Testaaja)",
        },
        {
            trigger: ".o_notebook .nav-link[name=payload]",
            run: "click",
        },
        {
            trigger:
                '.o_field_widget[name=payload_text]:contains("***"):not(:contains(010594Y9032))',
        },
    ],
});
