import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const service = "#amili_service";

/** An administrator asks for Amili Perintä from the settings. */
registry.category("web_tour.tours").add("amili_activate", {
    steps: () => [
        {
            content: "Nothing has been started",
            trigger: `${service} .o_field_widget[name=amili_service_state]:contains(Not started)`,
        },
        {
            trigger: `${service} button[name=action_amili_activate]:contains(Activate Amili Perintä)`,
            run: "click",
        },
        {
            content: "Who has to sign, where, and what it is about is said plainly",
            trigger: ".modal .alert-info:contains(Mobile ID):contains(not Amili Kassavirta)",
        },
        {
            content: "The bank's code is missing, and so is the way on",
            trigger:
                ".modal:has(.alert-danger:contains(BIC)):not(:has(button[name=action_activate]))",
        },
        {
            trigger: ".modal .o_field_widget[name=bic] input",
            run: "edit NDEAFIHH && press Tab",
        },
        {
            trigger: ".modal .o_field_widget[name=bank_name] input",
            run: "edit Pankki && press Tab",
        },
        {
            content: "Whom the debtors pay is chosen knowingly: there is no default",
            trigger:
                ".modal:not(:has(button[name=action_activate])) input[data-value=vfsfi]",
            run: "click",
        },
        {
            content: "It can go out now",
            trigger: ".modal:not(:has(.alert-danger)) button[name=action_activate]",
            run: "click",
        },
        {
            content: "The page of the service tells what comes next",
            trigger: ".o_form_view .alert-info:contains(goes to Maventa within a minute)",
        },
        {
            content: "It cannot be asked for twice",
            trigger: ".o_form_view:not(:has(button[name=action_activate]))",
        },
    ],
});

/** The link has come: the administrator opens it from the settings. */
registry.category("web_tour.tours").add("amili_identify", {
    steps: () => [
        {
            content: "What comes next, and the one button for it",
            trigger: `${service}:contains(Waiting for identification):contains(Next step):not(:has(button[name=action_amili_activate]))`,
            run() {
                browser.open = (url) => {
                    document.body.dataset.opened = url;
                };
            },
        },
        {
            trigger: `${service} button[name=action_amili_open_identification]`,
            run: "click",
        },
        {
            content: "It opens beside Odoo",
            trigger: "body[data-opened*='/kyc/']",
        },
        {
            trigger: `${service} button[name=action_amili_mail_instead]`,
            run: "click",
        },
        {
            content: "It can be mailed as well, once it is known where to",
            trigger:
                ".modal:has(.alert-danger:contains(who signs)):not(:has(button[name=action_activate]))",
        },
        {
            trigger: ".modal .o_form_button_cancel, .modal button[special=cancel]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
    ],
});

/** It was signed, and Odoo has noticed. */
registry.category("web_tour.tours").add("amili_activated", {
    steps: () => [
        {
            content: "Active, and nothing left to press",
            trigger: `${service}:contains(Active):contains(invoices can be handed over):not(:has(.btn-primary))`,
        },
        {
            trigger: `${service} button[name=action_amili_open_service]`,
            run: "click",
        },
        {
            content: "How it came to this is written down",
            trigger: ".o_form_view .o-mail-Message:contains(Next step)",
        },
        {
            trigger: ".o_form_view .alert-success:contains(is active)",
        },
    ],
});
