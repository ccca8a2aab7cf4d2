import { onMounted, onWillUnmount } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { TextField, textField } from "@web/views/fields/text/text_field";

import { TOLD } from "../notification_service";

/**
 * The banner of an invoice, of its case, or of the collection service. When the server
 * tells of that record, the form is read again, unless somebody is just changing it.
 */
export class BannerField extends TextField {
    setup() {
        super.setup();
        const bus = useService("bus_service");
        const onTold = (told) => this.reload(told);
        onMounted(() => bus.subscribe(TOLD, onTold));
        onWillUnmount(() => bus.unsubscribe(TOLD, onTold));
    }

    /** Of a case the invoice is told of, of all else the record itself. */
    isOurs(resModel, resIds) {
        const { resId, resModel: ownModel, data } = this.props.record;
        const invoiceId = ownModel === "account.move" ? resId : data.move_id?.id;
        return resModel === "account.move"
            ? resIds.includes(invoiceId)
            : resModel === ownModel && resIds.includes(resId);
    }

    async reload({ res_model: resModel, res_ids: resIds }) {
        const { record } = this.props;
        if (this.isOurs(resModel, resIds) && !(await record.isDirty())) {
            await record.model.load();
        }
    }
}

registry.category("fields").add("amili_banner", {
    ...textField,
    component: BannerField,
});
