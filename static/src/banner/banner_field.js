import { onMounted, onWillUnmount } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { TextField, textField } from "@web/views/fields/text/text_field";

import { TOLD } from "../told_service";

/**
 * The banner of an invoice or a case. When the server tells of that invoice, the form
 * is read again, unless somebody is just changing it.
 */
export class BannerField extends TextField {
    setup() {
        super.setup();
        const bus = useService("bus_service");
        const onTold = (told) => this.reload(told);
        onMounted(() => bus.subscribe(TOLD, onTold));
        onWillUnmount(() => bus.unsubscribe(TOLD, onTold));
    }

    get invoiceId() {
        const { resId, resModel, data } = this.props.record;
        return resModel === "account.move" ? resId : data.move_id?.id;
    }

    async reload({ res_model: resModel, res_ids: resIds }) {
        const { record } = this.props;
        const isOurs = resModel === "account.move" && resIds.includes(this.invoiceId);
        if (isOurs && !(await record.isDirty())) {
            await record.model.load();
        }
    }
}

registry.category("fields").add("amili_banner", {
    ...textField,
    component: BannerField,
});
