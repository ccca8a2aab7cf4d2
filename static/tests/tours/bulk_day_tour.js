import { registry } from "@web/core/registry";

const tick = (customer) => ({
    content: `Tick the invoice of ${customer}`,
    trigger: `.o_data_row:contains(${customer}) .o_list_record_selector input`,
    run: "click",
});

const row = (customer) => `.modal .o_data_row:contains(${customer})`;

/** Several invoices at once, one of which cannot go and one of which shall not. */
registry.category("web_tour.tours").add("amili_bulk_day", {
    steps: () => [
        {
            trigger: ".o_list_view .o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_filter_menu .o_menu_item:contains(Ready for Amili)",
            run: "click",
        },
        {
            content: "A blocked customer's invoice is not among them",
            trigger:
                ".o_list_view:not(:has(.o_data_row:contains(Maksusopimus))) .o_data_row:contains(Esimerkki)",
        },
        {
            content: "Close the menu",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        ...["Esimerkki", "Maija Malli", "Pohjolan Putki", "Muster"].map(tick),
        {
            content: "Send the ticked ones",
            trigger: ".o_control_panel button[name=action_amili_transfer]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=summary]:contains(3 invoices can be sent: 2,340.00)",
        },
        {
            content: "The one that cannot go stands first and says why",
            trigger: `${row("Pohjolan Putki")}:first-child:contains(Stopped) td[name=problem]:contains(the street is missing)`,
        },
        {
            content: "Another one is left out by hand",
            trigger: `${row("Muster")} button[name=delete]`,
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=summary]:contains(2 invoices can be sent: 1,340.00)",
        },
        {
            trigger: `.modal:not(:has(.o_data_row:contains(Muster))) button[name=action_transfer]`,
            run: "click",
        },
        {
            content: "What was left out is said",
            trigger: ".o_notification:contains(Left out because something is missing: 1)",
        },
        {
            content: "Look at all invoices again",
            trigger: ".o_facet_remove:last",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Esimerkki) td[name=amili_state]:contains(On the queue)",
        },
        {
            trigger: ".o_data_row:contains(Maija Malli) td[name=amili_state]:contains(On the queue)",
        },
        {
            trigger: ".o_data_row:contains(Pohjolan Putki) td[name=amili_state]:not(:contains(On the queue))",
        },
        {
            trigger: ".o_data_row:contains(Muster) td[name=amili_state]:not(:contains(On the queue))",
        },
    ],
});
