import { registry } from "@web/core/registry";

/** Somebody who invoices sends one by Maventa, from Odoo's own window. */
registry.category("web_tour.tours").add("amili_send_by_maventa", {
    steps: () => [
        {
            content: "Odoo's own button",
            trigger: "button[name=action_invoice_sent]:contains(Send)",
            run: "click",
        },
        {
            content: "By e-mail alone Maventa has nothing to choose",
            trigger: ".modal:not(:has(.o_field_widget[name=maventa_delivery]:visible))",
        },
        {
            trigger: ".modal label:contains(by Email)",
            run: "click",
        },
        {
            trigger: ".modal label:contains(by Maventa)",
            run: "click",
        },
        {
            content: "Maventa delivers, unless it is told not to",
            trigger: ".modal [name=maventa_delivery] input[data-value=deliver]:checked",
        },
        {
            trigger: ".modal [name=maventa_delivery] label:contains(Only store it)",
            run: "click",
        },
        {
            trigger: ".modal [name=maventa_delivery] label:contains(Maventa delivers it)",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_send_and_print]:visible",
            run: "click",
        },
        {
            content: "The click has sent nothing yet, and says so",
            trigger:
                ".o_form_view .alert-info:contains(Goes to Maventa within minutes. Maventa delivers it)",
        },
    ],
});

/** The invoice says what has become of it. */
registry.category("web_tour.tours").add("amili_delivered_by_maventa", {
    steps: () => [
        {
            trigger:
                ".o_form_view:has(button[name=action_invoice_sent]) .nav-link[name=amili]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=amili_upload_text]:contains(At Maventa since)",
        },
        {
            trigger: ".o_field_widget[name=amili_upload_text]:contains(e-invoice)",
        },
        {
            content: "There is nothing more to do",
            trigger: "body:not(:has(button[name=action_amili_upload]))",
        },
    ],
});

/** A hand-over stops for the Maventa ID is missing; the clerk sends it there. */
registry.category("web_tour.tours").add("amili_mend_missing_id", {
    steps: () => [
        {
            trigger: "button[name=action_amili_transfer]",
            run: "click",
        },
        {
            content: "The ID is missing",
            trigger: ".modal .alert-danger:contains(The Maventa ID is missing)",
        },
        {
            trigger: ".modal button[name=action_upload]:contains(Send to Maventa)",
            run: "click",
        },
        {
            content: "The customer has it already: it is only stored",
            trigger: ".modal [name=delivery] input[data-value=store]:checked",
        },
        {
            content: "It may cost something",
            trigger: ".modal [name=summary]:contains(may charge)",
        },
        {
            trigger: ".modal button.btn-primary[name=action_upload]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(goes to Maventa within minutes)",
        },
        {
            content: "No window is left",
            trigger: "body:not(:has(.modal))",
        },
    ],
});
