import { registry } from "@web/core/registry";

const row = (text) => `.o_list_view .o_data_row:contains(${text})`;

/** Go to the cases made elsewhere, as a manager does. */
const goThere = [
    {
        trigger: ".o_navbar_apps_menu button",
        run: "click",
    },
    {
        trigger: ".o_app[data-menu-xmlid='account.menu_finance']",
        run: "click",
    },
    {
        trigger: ".o_menu_sections button[data-menu-xmlid='amili_perinta.menu_amili_perinta']",
        run: "click",
    },
    {
        trigger: ".o-dropdown--menu .dropdown-item:contains(/^Cases Made Elsewhere$/)",
        run: "click",
    },
    {
        trigger: ".o_breadcrumb .o_last_breadcrumb_item:contains(Cases Made Elsewhere)",
    },
];

/** A manager asks for Amili's list the first time. */
registry.category("web_tour.tours").add("amili_adopt_look", {
    steps: () => [
        ...goThere,
        {
            content: "An empty list says what it is for",
            trigger: ".o_view_nocontent:contains(Maventa's older hand-over)",
        },
        {
            trigger: ".o_amili_found_status:contains(Nobody has looked yet)",
        },
        {
            trigger: ".o_control_panel button[name=action_look]",
            run: "click",
        },
        {
            trigger: ".o_amili_found_status:contains(Looking for cases)",
        },
    ],
});

/** The list has come: adopt one after a look at it, choose one, then all others. */
registry.category("web_tour.tours").add("amili_adopt", {
    steps: () => [
        ...goThere,
        {
            trigger: ".o_amili_found_status:contains(5 cases at Amili)",
        },
        {
            content: "What is not beyond doubt says why",
            trigger: `${row("Invoice Differs")} td[name=problem]:contains(not with the same amount)`,
        },
        {
            trigger: `${row("Not Found in Odoo")} td[name=problem]:contains(enter the Maventa ID)`,
        },
        {
            content: "Open one that matches",
            trigger: `${row("Esimerkki Oy")} td[name=partner_id]`,
            run: "click",
        },
        {
            content: "Both sides stand next to each other",
            trigger: ".o_form_view .o_field_widget[name=open_amount]:contains(1,045.00)",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=move_open]:contains(1,000.00)",
        },
        {
            trigger: ".o_form_view button[name=action_adopt]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(The case is adopted)",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=state]:contains(Adopted)",
        },
        {
            content: "It is an assignment now",
            trigger: ".o_form_view button[name=action_open_assignment]",
            run: "click",
        },
        {
            trigger: ".o_form_view .badge:contains(Made elsewhere, adopted in Odoo)",
        },
        {
            content: "What Odoo never sent is not shown",
            trigger: ".o_form_view .o_notebook:not(:has(.nav-link:contains(Message Preview)))",
        },
        ...goThere,
        {
            content: "Choose the invoice of the one that differs",
            trigger: `${row("Invoice Differs")} td[name=problem]`,
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_confirm]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=total_amount]:contains(350.00)",
        },
        {
            trigger: ".modal .o_field_widget[name=move_total]:contains(340.00)",
        },
        {
            trigger: ".modal .modal-footer:not(:has(button[name=action_adopt]))",
        },
        {
            trigger: ".modal .o_field_widget[name=is_sure] input",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_adopt]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=state]:contains(Adopted)",
        },
        ...goThere,
        {
            content: "All the others that match",
            trigger: ".o_control_panel button[name=action_confirm_all]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=summary]:contains(Cases to adopt: 2)",
        },
        {
            trigger: ".modal button[name=action_adopt]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(2 cases are adopted)",
        },
        {
            content: "Only what Odoo does not know is left",
            trigger:
                ".o_list_view:has(.o_data_row:contains(Not Found in Odoo)):not(:has(.o_data_row:contains(Can Be Adopted)))",
        },
    ],
});
