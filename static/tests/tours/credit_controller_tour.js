import { registry } from "@web/core/registry";

const { DateTime } = luxon;

const day = (daysAgo) => DateTime.now().minus({ days: daysAgo }).toFormat("MM/dd/yyyy");

const row = (customer) => `.modal .o_data_row:contains(${customer})`;

const problem = (customer, words) => ({
    content: `What is the matter with ${customer}`,
    trigger: `${row(customer)} td[name=problem]:contains(${words})`,
});

const stands = (customer, level) => ({
    content: `${customer}: ${level}`,
    trigger: `${row(customer)} td[name=level]:contains(${level})`,
});

const mend = (customer) => ({
    content: `Open what needs correcting of ${customer}`,
    trigger: `${row(customer)} button[name=action_fix]`,
    run: "click",
});

const enter = (name, text) => ({
    content: `Enter ${text}`,
    trigger: `.modal .o_field_widget[name=${name}] input`,
    run: `edit ${text}`,
});

const save = {
    content: "Save, and go back to the list",
    trigger: ".modal button[name=action_save]",
    run: "click",
};

const back = {
    content: "Back to the list of all",
    trigger: ".modal button[name=action_show_all]",
    run: "click",
};

const tickAll = (customer) => ({
    content: `Tick all, among them the invoice of ${customer}`,
    trigger: `.o_list_view:has(.o_data_row:contains(${customer})) thead .o_list_record_selector input`,
    run: "click",
});

/** Fourteen bad invoices at once: each is mended or explained in the window. */
registry.category("web_tour.tours").add("amili_credit_controller", {
    steps: () => [
        tickAll("Asunto Oy Malliranta"),
        {
            trigger: ".o_control_panel button[name=action_amili_transfer]",
            run: "click",
        },
        {
            content: "Four can go as they are",
            trigger:
                ".modal .o_field_widget[name=summary]:contains(10 cannot be sent yet)",
        },

        problem("Postikoodi Oy", "the city is missing"),
        {
            content: "The address as it is meant is proposed: one click",
            trigger: ".modal [name=addresses]:contains(20100 Turku) button",
            run: "click",
        },
        stands("Postikoodi Oy", "Ready"),

        problem("Konserni Oy", "its Business IDs differ"),
        {
            content: "So is the Business ID that owes",
            trigger: ".modal [name=business_ids]:contains(0112038-9) button",
            run: "click",
        },
        stands("Konserni Oy", "Ready"),

        problem("Asunto Oy Malliranta", "the Business ID is missing"),
        mend("Asunto Oy Malliranta"),
        enter("company_registry", "2077474-0"),
        save,
        stands("Asunto Oy Malliranta", "Ready"),

        problem("Teppo Testaaja", "rent needs the personal identity code"),
        mend("Teppo Testaaja"),
        enter("personal_identity_code", "010594Y9032"),
        save,
        stands("Teppo Testaaja", "Ready"),

        problem("Yhteisvelka Ky", "Vanha Yhtiömies Oy is archived"),
        mend("Yhteisvelka Ky"),
        {
            content: "Whoever no longer owes is taken off",
            trigger:
                ".modal .o_field_widget[name=co_debtor_partner_ids] .o_tag:contains(Vanha) .o_delete",
            run: "click",
        },
        {
            content: "Gone",
            trigger: ".modal:not(:has(.o_tag:contains(Vanha)))",
        },
        back,
        stands("Yhteisvelka Ky", "Ready"),

        problem("Liian Varhainen", "not sent after the due date"),
        mend("Liian Varhainen"),
        {
            content: "The one invoice says the same, and its fields stand below",
            trigger: ".modal .alert-danger:contains(not sent after the due date)",
        },
        {
            content: "A day that is entered already is shown as a button",
            trigger: ".modal .o_field_widget[name=reminder_date] button",
            run: "click",
        },
        enter("reminder_date", day(20)),
        {
            trigger: ".modal .o_field_widget[name=reminder_amount] input",
            run: "click",
        },
        {
            content: "Mended as soon as it is entered",
            trigger: ".modal:not(:has(.alert))",
        },
        back,
        stands("Liian Varhainen", "Ready"),

        problem("Kalle Kulu", "may be charged only 14 days after"),
        mend("Kalle Kulu"),
        enter("reminder_amount", "0"),
        back,
        stands("Kalle Kulu", "Ready"),

        // What may go though something is to be known of it.
        stands("Kaksi Postia Oy", "Check"),
        problem("Kaksi Postia Oy", "Amili gets laskut@kaksi.example"),
        stands("Pohjoisen Maarakennus", "Check"),
        problem("Pohjoisen Maarakennus", "longer than the 34 characters"),

        // What may not go, and why.
        stands("Vanha Velka Oy", "Stopped"),
        problem("Vanha Velka Oy", "nobody may collect it"),
        problem("Kiistäjä Oy", "Työ on kesken"),
        problem("Maksusopimus Oy", "is never handed over: Maksusopimus 12/2025"),
        problem("Maksanut Oy", "waits for the bank"),
        problem("Vanha Tiedosto Oy", "The Maventa ID is missing"),
        problem("Vanha Tiedosto Oy", "RECIPIENT STREET NOT FOUND"),

        {
            content: "All that may go are counted",
            trigger:
                ".modal .o_field_widget[name=summary]:contains(9 invoices can be sent):contains(5 cannot be sent yet)",
        },
        {
            trigger: ".modal button[name=action_transfer]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(9 invoices are on the queue)",
        },
        {
            content: "What was left out stays among the candidates",
            trigger: ".o_notification:contains(Left out because something is missing: 5)",
        },
    ],
});

/** The file that Maventa refused is made anew, from what the contact says now. */
registry.category("web_tour.tours").add("amili_credit_controller_upload", {
    steps: () => [
        {
            trigger:
                ".o_data_row:contains(Vanha Tiedosto Oy) button[name=action_upload]",
            run: "click",
        },
        {
            content: "What the file says now",
            trigger: ".modal .o_field_widget[name=file_text]:contains(Uusikatu 2)",
        },
        {
            content: "The customer has got nothing yet: Maventa delivers it",
            trigger: ".modal [name=delivery] input[data-value=deliver]:checked",
        },
        {
            trigger: ".modal button.btn-primary[name=action_upload]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(goes to Maventa within minutes)",
        },
    ],
});

/** Maventa has it now: it goes as well. The others may not. */
registry.category("web_tour.tours").add("amili_credit_controller_rest", {
    steps: () => [
        tickAll("Vanha Tiedosto Oy"),
        {
            trigger: ".o_control_panel button[name=action_send]",
            run: "click",
        },
        {
            trigger:
                ".modal .o_field_widget[name=summary]:contains(1 invoice can be sent):contains(3 cannot be sent yet)",
        },
        {
            trigger: ".modal button[name=action_transfer]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(The invoice is on the queue)",
        },
    ],
});
