import { Component } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What Maventa refused of one field, below it. */
export class RefusedField extends Component {
    static template = "amili_perinta.RefusedField";
    static props = {
        ...standardFieldProps,
        of: { type: String },
    };

    get text() {
        const texts = this.props.record.data[this.props.name] || {};
        return texts[this.props.of] || "";
    }
}

registry.category("fields").add("amili_refused", {
    component: RefusedField,
    supportedTypes: ["json"],
    extractProps: ({ options }) => ({ of: options.of }),
});
