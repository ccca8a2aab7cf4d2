import { registry } from "@web/core/registry";

/** Let the bus bring what the server would send; in a test no message ever leaves it. */
async function bring(done, total) {
    const { bus_service: bus, worker_service: service } =
        odoo.__WOWL_DEBUG__.root.env.services;
    await bus.start();
    const port = service.isUsingSharedWorker ? service.worker.port : service.worker;
    const payload = { work: "hand_over", done, total };
    const data = [{ id: 1, message: { type: "amili_perinta/progress", payload } }];
    port.dispatchEvent(
        new MessageEvent("message", { data: { type: "BUS:NOTIFICATION", data } })
    );
}

const shows = (text) => ({
    content: `It is ${text}`,
    trigger: `.o_menu_systray .o_amili_hand_over:contains(${text})`,
});

registry.category("web_tour.tours").add("amili_progress", {
    steps: () => [
        shows("0 of 3"),
        {
            trigger: "body",
            run: () => bring(2, 3),
        },
        shows("2 of 3"),
        {
            trigger: "body",
            run: () => bring(3, 3),
        },
        {
            content: "It ends by itself",
            trigger: ".o_menu_systray:not(:has(.o_amili_hand_over))",
        },
    ],
});

/** Another browser, or the same one read anew, knows how far it is. */
registry.category("web_tour.tours").add("amili_progress_later", {
    steps: () => [shows("1 of 3")],
});
