import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** What the server says on the bus when it is done with what a person asked for. */
export const TOLD = "amili_perinta/told";

/**
 * Tells the person who pressed a button what became of it, wherever they are now.
 */
export const toldService = {
    dependencies: ["action", "bus_service", "notification", "orm"],

    start(env, { action, bus_service: bus, notification, orm }) {
        async function show({ title, res_model: resModel, res_ids: resIds }) {
            if (resIds.length === 1) {
                action.doAction(
                    await orm.call(resModel, "get_formview_action", [resIds])
                );
                return;
            }
            action.doAction({
                type: "ir.actions.act_window",
                name: title,
                res_model: resModel,
                domain: [["id", "in", resIds]],
                views: [
                    [false, "list"],
                    [false, "form"],
                ],
                target: "current",
            });
        }

        bus.subscribe(TOLD, (told) => {
            const close = notification.add(told.message, {
                title: told.title,
                type: told.type,
                // What went wrong stays until somebody has read it.
                sticky: told.type === "danger",
                buttons: told.res_ids?.length
                    ? [
                          {
                              name: _t("Show"),
                              onClick: () => {
                                  close();
                                  return show(told);
                              },
                          },
                      ]
                    : [],
            });
        });
    },
};

registry.category("services").add("amili_perinta_told", toldService);
