import { useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";

/** A text of a line whose characters are counted while they are typed. */
export class CountedField extends CharField {
    static template = "amili_perinta.CountedField";
    static props = {
        ...CharField.props,
        shortest: { type: Number },
        longest: { type: Number },
    };

    setup() {
        super.setup();
        this.typed = useState({ text: null });
    }

    get count() {
        const text = this.typed.text ?? this.props.record.data[this.props.name] ?? "";
        // As Python counts: what takes two units of UTF-16 is one character.
        return [...(text || "").trim()].length;
    }

    get isOff() {
        return this.count < this.props.shortest || this.count > this.props.longest;
    }

    onInput(ev) {
        this.typed.text = ev.target.value;
    }

    onFocusOut() {
        this.typed.text = null;
    }
}

registry.category("fields").add("amili_counted", {
    ...charField,
    component: CountedField,
    extractProps: (info) => ({
        ...charField.extractProps(info),
        shortest: info.options.shortest,
        longest: info.options.longest,
    }),
});
