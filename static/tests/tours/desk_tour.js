import { registry } from "@web/core/registry";

/** Go to an entry of the desk, as one does from anywhere in Invoicing. */
const goTo = (entry) => [
    {
        content: "Open the desk's menu",
        trigger: ".o_menu_sections button[data-menu-xmlid='amili_perinta.menu_amili_perinta']",
        run: "click",
    },
    {
        content: `Choose ${entry}`,
        trigger: `.o-dropdown--menu .dropdown-item:contains(/^${entry}$/)`,
        run: "click",
    },
    {
        content: `It is ${entry}`,
        trigger: `.o_breadcrumb .o_last_breadcrumb_item:contains(${entry})`,
    },
];

const row = (customer) => `.o_list_view .o_data_row:contains(${customer})`;

const tick = (customer) => ({
    content: `Tick the invoice of ${customer}`,
    trigger: `${row(customer)} .o_list_record_selector input`,
    run: "click",
});

/** A clerk sends two of the candidates. */
registry.category("web_tour.tours").add("amili_desk_send", {
    steps: () => [
        {
            trigger: ".o_navbar_apps_menu button",
            run: "click",
        },
        {
            trigger: ".o_app[data-menu-xmlid='account.menu_finance']",
            run: "click",
        },
        ...goTo("Candidates"),
        {
            content: "What is ready stands first, the oldest of it on top",
            trigger: ".o_data_row:nth-child(1):contains(Maija Malli):contains(Ready)",
        },
        {
            trigger: ".o_data_row:nth-child(2):contains(Esimerkki Oy):contains(Ready)",
        },
        {
            trigger: ".o_data_row:nth-child(3):contains(Tuomi Tmi):contains(Ready)",
        },
        {
            content: "Then what a person has to look at",
            trigger:
                ".o_data_row:nth-child(4):contains(Muster):contains(Check First) td[name=problem]:contains(Germany)",
        },
        {
            content: "What is stopped says why",
            trigger:
                ".o_data_row:nth-child(5):contains(Pohjolan Putki):contains(Stopped) td[name=problem]:contains(the street is missing)",
        },
        {
            content: "And how to mend it",
            trigger: `${row("Pohjolan Putki")} button:contains(Open customer)`,
        },
        tick("Maija Malli"),
        tick("Esimerkki"),
        {
            trigger: ".o_control_panel button[name=action_send]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=summary]:contains(2 invoices can be sent: 1,340.00)",
        },
        {
            trigger: ".modal button[name=action_transfer]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(within minutes)",
        },
        {
            content: "What was sent is a candidate no more; what was not ticked still is",
            trigger:
                ".o_list_view:has(.o_data_row:contains(Tuomi Tmi)):not(:has(.o_data_row:contains(Maija Malli))):not(:has(.o_data_row:contains(Esimerkki)))",
        },
    ],
});

/** Another day: one is at Amili, which has asked something; the other is not yet. */
registry.category("web_tour.tours").add("amili_desk_after", {
    steps: () => [
        ...goTo("Assignments"),
        {
            content: "The list knows how far each is",
            trigger: `${row("Esimerkki")} td[name=state]:contains(At Amili)`,
        },
        {
            trigger: `${row("Esimerkki")} td[name=collection_stage]:contains(Reminder sent)`,
        },
        {
            trigger: `${row("Maija Malli")} td[name=state]:contains(Sent, not confirmed)`,
        },
        {
            content: "And sums up",
            trigger: ".o_list_view tfoot td:contains(1,340.00)",
        },
        {
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            content: "The board has a column for each state, in the order of a case",
            trigger:
                ".o_kanban_group:has(.o_kanban_record:contains(Maija Malli)):contains(Sent, not confirmed) + .o_kanban_group:has(.o_kanban_record:contains(Esimerkki)):contains(At Amili)",
        },
        {
            content: "Open a case",
            trigger: ".o_kanban_record:contains(Esimerkki)",
            run: "click",
        },
        {
            trigger:
                ".o_form_view .o_statusbar_status button.o_arrow_button_current:contains(At Amili)",
        },
        ...goTo("Questions to Answer"),
        {
            content: "Open the question",
            trigger: `${row("Esimerkki")} td[name=text]:contains(Onko tavara palautettu?)`,
            run: "click",
        },
        {
            content: "Reply, on the case",
            trigger: ".o_form_view .o_statusbar_buttons button[name=action_reply]",
            run: "click",
        },
        {
            trigger:
                ".modal .o_field_widget[name=question_text]:contains(Onko tavara palautettu?)",
        },
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit Ei ole palautettu.",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(goes to Amili within minutes)",
        },
        {
            content: "The answer stands among the events",
            trigger:
                ".o_field_widget[name=shown_event_ids] .o_data_row:contains(To Amili):contains(Ei ole palautettu.)",
        },
        ...goTo("Questions to Answer"),
        {
            content: "Nothing is left to answer",
            trigger: ".o_view_nocontent:contains(Amili asks nothing)",
        },
    ],
});

/** What all of it comes to. */
registry.category("web_tour.tours").add("amili_desk_analysis", {
    steps: () => [
        ...goTo("Analysis"),
        {
            content: "What was handed over, in all",
            trigger: ".o_pivot tbody tr:first-child:contains(Total):contains(1,340.00)",
        },
        {
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "The same as bars, and not those of a sample",
            trigger: ".o_graph_view:not(:has(.o_view_sample_data)) .o_graph_renderer canvas",
        },
    ],
});

/** The desk opens on figures; each leads to what it counts, and back. */
registry.category("web_tour.tours").add("amili_desk_figures", {
    steps: () => [
        {
            trigger: ".o_navbar_apps_menu button",
            run: "click",
        },
        {
            trigger: ".o_app[data-menu-xmlid='account.menu_finance']",
            run: "click",
        },
        ...goTo("Overview"),
        {
            content: "Two are ready, with their euros",
            trigger: ".o_amili_figure[name=ready]:contains(2):contains(1,340.00)",
            run: "click",
        },
        {
            content: "They are listed",
            trigger: `.o_list_view:not(:has(.o_data_row:contains(Pohjolan Putki))):has(.o_data_row:contains(Maija Malli)) .o_data_row:contains(Esimerkki)`,
        },
        {
            trigger: ".breadcrumb-item:contains(Overview)",
            run: "click",
        },
        {
            content: "Nothing is at Amili",
            trigger: ".o_amili_figure[name=active]:contains(0)",
        },
        {
            content: "Look anew",
            trigger: ".o_control_panel button:contains(Look Again)",
            run: "click",
        },
        {
            trigger: ".o_amili_figure[name=ready]:contains(2)",
        },
    ],
});
