import { registry } from "@web/core/registry";

const services = () => odoo.__WOWL_DEBUG__.root.env.services;
const invoiceId = () => Number(window.location.pathname.split("/").at(-1));

/** Let the bus bring what the server would send; in a test no message ever leaves it. */
async function tell(message) {
    const { bus_service: bus, worker_service: service } = services();
    await bus.start();
    const port = service.isUsingSharedWorker ? service.worker.port : service.worker;
    const payload = {
        type: "success",
        title: "Amili Perintä",
        message,
        res_model: "account.move",
        res_ids: [invoiceId()],
    };
    const data = [{ id: 1, message: { type: "amili_perinta/told", payload } }];
    port.dispatchEvent(
        new MessageEvent("message", { data: { type: "BUS:NOTIFICATION", data } })
    );
}

/** Take the invoice off the queue, as a colleague would in another browser. */
async function takeOffTheQueue() {
    const { orm } = services();
    const domain = [["move_id", "=", invoiceId()]];
    const ids = await orm.search("amili.assignment", domain);
    await orm.call("amili.assignment", "action_cancel", [ids]);
}

/** A clerk answers on the invoice; the answer of Amili's side appears by itself. */
registry.category("web_tour.tours").add("amili_reply", {
    steps: () => [
        {
            content: "The question waits above the invoice",
            trigger: ".o_form_view .alert-warning:contains(Missä velallinen asuu?)",
        },
        {
            trigger: "button[name=action_amili_reply]",
            run: "click",
        },
        {
            content: "It stands above the answer",
            trigger:
                ".modal .o_field_widget[name=question_text]:contains(Missä velallinen asuu?)",
        },
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit Turussa, Vuokrapolku 5.",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(goes to Amili within minutes)",
        },
        {
            content: "The question is off the table",
            trigger: ".o_form_view:not(:has(button[name=action_amili_reply]))",
        },
    ],
});

/** A manager withdraws a case. */
registry.category("web_tour.tours").add("amili_withdraw", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button[name=action_withdraw]",
            run: "click",
        },
        {
            content: "What it costs is said plainly",
            trigger: ".modal .alert-warning:contains(costs)",
        },
        {
            content: "Without the second yes there is nothing to press",
            trigger: ".modal:not(:has(button[name=action_confirm]))",
        },
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit Sovimme asiakkaan kanssa.",
        },
        {
            trigger: ".modal .o_field_widget[name=is_sure] input",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(The withdrawal goes to Amili)",
        },
        {
            content: "It is on its way",
            trigger:
                ".o_field_widget[name=shown_event_ids] .o_data_row:contains(Sovimme asiakkaan kanssa)",
        },
        {
            content: "And cannot be asked for twice",
            trigger: ".o_form_view:not(:has(button[name=action_withdraw]))",
        },
    ],
});

/** Something happens while the invoice is open. */
registry.category("web_tour.tours").add("amili_told", {
    steps: () => [
        {
            trigger: ".o_form_view .alert-info:contains(Goes out to Amili Perintä)",
        },
        {
            trigger: ".o_form_view .nav-link[name=other_info]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=payment_reference] input",
            run: "edit in the middle of typing",
        },
        {
            content: "Something is told while somebody is typing",
            trigger: "body",
            async run() {
                await takeOffTheQueue();
                await tell("The first word");
            },
        },
        {
            trigger: ".o_notification:contains(The first word)",
        },
        {
            content: "What is being typed stays",
            trigger:
                ".o_form_view:has(.alert-info:contains(Goes out)) .o_field_widget[name=payment_reference] input:value(in the middle of typing)",
        },
        {
            content: "Nobody types any more",
            trigger: ".o_form_button_cancel",
            run: "click",
        },
        {
            trigger: ".o_form_view:not(:has(.o_form_button_cancel:visible))",
        },
        {
            trigger: "body",
            run: () => tell("The second word"),
        },
        {
            trigger: ".o_notification:contains(The second word)",
        },
        {
            content: "The banner is fresh by itself",
            trigger: ".o_form_view .alert-warning:contains(Taken off the queue)",
        },
        {
            content: "And so is the chatter",
            trigger: ".o-mail-Message:contains(Taken off the queue)",
        },
        {
            content: "From elsewhere the notification leads to the invoice",
            trigger: ".o_notification:contains(The second word) button:contains(Show)",
            run: "click",
        },
        {
            trigger: ".o_form_view .alert-warning:contains(Taken off the queue)",
        },
    ],
});
