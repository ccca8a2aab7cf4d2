import { Component, onWillStart, useState } from "@odoo/owl";

import { formatCurrency } from "@web/core/currency";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** What the desk opens on: figures, each of which opens the list of what it counts. */
export class Desk extends Component {
    static template = "amili_perinta.Desk";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ can_look: false, currency_id: false, sections: [] });
        onWillStart(() => this.load(false));
    }

    async load(look) {
        Object.assign(
            this.state,
            await this.orm.call("amili.desk", "get_figures", [look])
        );
    }

    format(amount) {
        return formatCurrency(amount, this.state.currency_id);
    }

    open({ action }) {
        return this.action.doAction(action);
    }
}

registry.category("actions").add("amili_perinta.desk", Desk);
