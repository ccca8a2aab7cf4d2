import { registry } from "@web/core/registry";
import { ActionableErrorsField } from "@account/components/actionable_errors/actionable_errors";

/** Alerts of a window: what was entered there is saved before one of them is opened. */
export class AlertsField extends ActionableErrorsField {
    async handleOnClick(errorData) {
        if (await this.props.record.save()) {
            await super.handleOnClick(errorData);
        }
    }
}

registry.category("fields").add("amili_alerts", { component: AlertsField });
