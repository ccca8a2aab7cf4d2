import { Component, onMounted, onWillStart, onWillUnmount, useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { listView } from "@web/views/list/list_view";
import { ListRenderer } from "@web/views/list/list_renderer";

import { TOLD } from "../notification_service";

const MODEL = "amili.found.case";

/**
 * Says above the found cases when Amili was last asked and what came of it. When the
 * server tells that it has looked again, the cases are read again.
 */
export class FoundStatus extends Component {
    static template = "amili_perinta.FoundStatus";
    static props = { list: Object };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ text: "", level: "" });
        const bus = useService("bus_service");
        const onTold = (told) => this.reload(told);
        onWillStart(() => this.load());
        onMounted(() => bus.subscribe(TOLD, onTold));
        onWillUnmount(() => bus.unsubscribe(TOLD, onTold));
    }

    async load() {
        Object.assign(this.state, await this.orm.call(MODEL, "search_status", []));
    }

    async reload({ res_model: resModel }) {
        if (resModel === MODEL) {
            await Promise.all([this.load(), this.props.list.model.load()]);
        }
    }
}

class FoundListRenderer extends ListRenderer {
    static template = "amili_perinta.FoundListRenderer";
    static components = { ...ListRenderer.components, FoundStatus };
}

class FoundKanbanRenderer extends KanbanRenderer {
    static template = "amili_perinta.FoundKanbanRenderer";
    static components = { ...KanbanRenderer.components, FoundStatus };
}

registry.category("views").add("amili_found_list", {
    ...listView,
    Renderer: FoundListRenderer,
});
registry.category("views").add("amili_found_kanban", {
    ...kanbanView,
    Renderer: FoundKanbanRenderer,
});
