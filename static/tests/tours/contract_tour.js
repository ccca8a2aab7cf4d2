import { registry } from "@web/core/registry";

/** An administrator compares what Odoo calls with what Maventa describes. */
registry.category("web_tour.tours").add("amili_contract_table", {
    steps: () => [
        {
            trigger: ".settings_tab .tab[data-key=account]",
            run: "click",
        },
        {
            content: "Beside the test of the connection",
            trigger: "button:contains(Check the API Contract)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=environment]:contains(Sandbox)",
        },
        {
            content: "A file can be chosen instead",
            trigger: ".modal .o_field_widget[name=source] label:contains(Use a file)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=file]",
        },
        {
            trigger: ".modal .o_field_widget[name=source] label:contains(Read it from Maventa)",
            run: "click",
        },
        {
            trigger: ".modal:not(:has(.o_field_widget[name=file])) button[name=action_check]",
            run: "click",
        },
        {
            content: "The worst is told on top, in words",
            trigger:
                ".o_form_view .alert-danger [name=summary]:contains(Would be refused or not understood)",
        },
        {
            content: "And what was read",
            trigger: ".o_form_view [name=told]:contains(AX API 9.9.9)",
        },
        {
            content: "What breaks stands first",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row:first-child:contains(Would break)",
        },
        {
            content: "A line tells what Odoo does, where, and what they have instead",
            trigger:
                ".o_data_row:contains(Hand over an invoice):contains(payers[].bid):contains(business_id)",
        },
        {
            content: "It can be copied for whoever mends it",
            trigger: ".o_form_view button:contains(Copy as Text)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_look]",
            run: "click",
        },
        {
            content: "The same as a list, by how much it matters",
            trigger: ".o_list_view .o_group_header:nth-child(1):contains(Would break)",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(payers[].bid)",
        },
        {
            content: "Back, and only what is to be looked at",
            trigger: ".o_back_button, .breadcrumb-item a:contains(API Contract)",
            run: "click",
        },
        {
            trigger: ".oe_stat_button:contains(To Look At)",
            run: "click",
        },
        {
            trigger: ".o_searchview_facet:contains(To Look At)",
        },
        {
            content: "A line opens",
            trigger: ".o_list_view .o_data_row:contains(capital_amount) td[name=field]",
            run: "click",
        },
        {
            trigger: ".o_form_view [name=meaning]:contains(type)",
        },
    ],
});
