import { Component, reactive, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";

const LABELS = {
    hand_over: _t("Sending to Amili"),
    look_up: _t("Looking up at Maventa"),
    upload: _t("Sending to Maventa"),
};

/** Knows how far the works are that this person has confirmed. */
export const progressService = {
    dependencies: ["bus_service"],

    start(env, { bus_service: bus }) {
        const works = reactive({});
        function take({ work, done, total }) {
            if (done < total) {
                works[work] = { done, total };
            } else {
                delete works[work];
            }
        }
        (session.amili_progress || []).forEach(take);
        bus.subscribe("amili_perinta/progress", take);
        return works;
    },
};

/** Says in the bar above, wherever the person is, how far their works are. */
export class Progress extends Component {
    static template = "amili_perinta.Progress";
    static props = {};

    setup() {
        this.works = useState(useService("amili_perinta_progress"));
    }

    get lines() {
        return Object.entries(this.works).map(([work, { done, total }]) => ({
            work,
            label: LABELS[work],
            count: _t("%(done)s of %(total)s", { done, total }),
        }));
    }
}

registry.category("services").add("amili_perinta_progress", progressService);
registry
    .category("systray")
    .add("amili_perinta.progress", { Component: Progress }, { sequence: 90 });
