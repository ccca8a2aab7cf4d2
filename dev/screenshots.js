// Take the pictures of static/description anew from a running dev/demo:
//   npm install --no-save playwright-core && node dev/screenshots.js ADDRESS
// ADDRESS is what dev/demo prints for Odoo, without /odoo. Chromium must be installed.
"use strict";

const { execFileSync } = require("node:child_process");
const crypto = require("node:crypto");
const path = require("node:path");
const { chromium } = require("playwright-core");

const FOLDER = path.join(__dirname, "..", "static", "description");
const COMPANY = "Mallikauppa Oy";
const CLIENT_ID = "11111111-1111-4111-8111-111111111111";
const WIDTH = 1200;

async function main(address) {
    const browser = await chromium.launch({
        executablePath: execFileSync("which", ["chromium"]).toString().trim(),
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
    });
    try {
        const clerk = await logIn(browser, address, "kirsi");
        await oneInvoice(clerk);
        await candidates(clerk);
        await manyInvoices(clerk);
        await invoiceAtAmili(clerk);
        await assignment(clerk);
        await reconciliation(clerk);
        await sendByMaventa(clerk);
        await casesElsewhere(await logIn(browser, address, "matti"));
        const administrator = await logIn(browser, address, "admin");
        await chooseCompany(administrator);
        await settings(administrator);
        await activation(administrator);
    } finally {
        await browser.close();
    }
}

async function logIn(browser, address, login) {
    const context = await browser.newContext({
        baseURL: address,
        viewport: { width: WIDTH, height: 900 },
        timezoneId: "Europe/Helsinki",
    });
    const page = await context.newPage();
    await page.goto("/web/login");
    await page.fill("input[name=login]", login);
    await page.fill("input[name=password]", login);
    await page.click("button[type=submit]");
    await page.waitForSelector(".o_main_navbar");
    return page;
}

// The wizard ---------------------------------------------------------------------------

async function oneInvoice(page) {
    await openInvoice(page, await overdueInvoice(page));
    await page.click("button[name=action_amili_transfer]");
    await page.waitForSelector(".modal .o_form_view");
    await take(page.locator(".modal-content"), "wizard_one_invoice");
}

// Make another invoice like the first one of Maija Malli: the demo has sent that one.
async function overdueInvoice(page) {
    const hers = ["partner_id.name", "=", "Maija Malli"];
    const known = ["maventa_invoice_id", "!=", false];
    const made = await find(page, hers, known, ["amili_state", "=", false]);
    if (made) {
        return made;
    }
    const sent = await find(page, hers, known);
    return copyInvoice(page, sent, {
        invoice_date: day(-44),
        invoice_date_due: day(-30),
        maventa_invoice_id: crypto.randomUUID(),
        amili_reminder_date: day(-16),
        amili_reminder_amount: 5,
    });
}

async function manyInvoices(page) {
    await page.setViewportSize({ width: WIDTH, height: 1100 });
    await page.click("thead .o_list_record_selector input");
    await page.click(".o_control_panel button[name=action_send]");
    await page.waitForSelector(".modal .o_form_view");
    for (const customer of ["Esimerkki Oy", "Teppo Testaaja"]) {
        await drop(page, customer);
    }
    await take(page.locator(".modal-content"), "wizard_many_invoices");
}

async function drop(page, customer) {
    const rows = page.locator(".modal .o_data_row", { hasText: customer });
    for (let left = await rows.count(); left; left--) {
        await Promise.all([
            page.waitForResponse(/\/onchange/),
            rows.first().locator("button[name=delete]").click(),
        ]);
    }
}

// The desk -----------------------------------------------------------------------------

async function candidates(page) {
    await page.goto("/odoo/amili-candidates");
    await page.waitForSelector(".o_data_row");
    await take(page, "candidates", 655);
}

// What follows -------------------------------------------------------------------------

async function invoiceAtAmili(page) {
    await openInvoice(page, await find(page, ["amili_state", "=", "active"]));
    await page.click(".nav-link[name=amili]");
    await page.waitForSelector(".o-mail-Message");
    await take(page, "invoice_at_amili", 1620);
}

async function assignment(page) {
    await page.click("button[name=action_amili_open_assignments]");
    await page.waitForSelector("[name=shown_event_ids] .o_data_row");
    await take(page, "assignment", 1160);
}

async function reconciliation(page) {
    await page.setViewportSize({ width: WIDTH, height: 1600 });
    const notebook = page.locator(".o_form_sheet .o_notebook");
    await notebook.locator(".nav-link[name=reconciliation]").click();
    await page.waitForSelector(".o_form_sheet .tab-pane.active .o_data_row");
    await notebook.scrollIntoViewIfNeeded();
    await take(notebook, "reconciliation");
}

// Getting connected --------------------------------------------------------------------

async function sendByMaventa(page) {
    const vat = ["amount_tax", ">", 0];
    const unknown = ["maventa_invoice_id", "=", false];
    const made = await find(page, vat, unknown, ["state", "=", "posted"]);
    await openInvoice(page, made || (await copyInvoice(page, await find(page, vat), {})));
    await page.click("button[name=action_invoice_sent]");
    const ways = ".modal [name=sending_method_checkboxes]";
    await page.click(`${ways} label:has-text('Maventa')`);
    await page.click(`${ways} label:has-text('Email')`);
    await page.waitForSelector(".modal [name=maventa_delivery]");
    await take(page.locator(".modal-content"), "send_by_maventa");
}

async function casesElsewhere(page) {
    await page.goto("/odoo/amili-cases-elsewhere");
    await page.waitForSelector(".o_data_row");
    await take(page, "cases_elsewhere", 440);
}

function findCompany(page) {
    return call(page, "res.company", "search", [[["name", "=", COMPANY]]]);
}

async function chooseCompany(page) {
    const [company] = await findCompany(page);
    await page
        .context()
        .addCookies([{ name: "cids", value: String(company), url: page.url() }]);
}

async function openSettings(page) {
    await page.goto("/odoo/settings");
    await page.click(".settings_tab .tab[data-key=account]");
}

async function settings(page) {
    await page.setViewportSize({ width: WIDTH, height: 1500 });
    await openSettings(page);
    const block = page.locator(".o_settings_container:has([name=amili_client_id])");
    await block.scrollIntoViewIfNeeded();
    await take(block, "settings");
}

// Let the sandbox forget the service for a moment.
async function activation(page) {
    const sandbox = await call(page, "ir.config_parameter", "get_param", [
        "amili_perinta.sandbox_url",
    ]);
    const [company] = await findCompany(page);
    await tellSandbox(sandbox, null);
    await call(page, "res.company", "action_amili_test_connection", [[company]]);
    await openSettings(page);
    await page.click("button[name=action_amili_activate]");
    await page.fill(".modal [name=contact_person] input", "Aino Asiamies");
    await page.fill(".modal [name=contact_email] input", "aino@mallikauppa.example");
    await page.fill(".modal [name=contact_phone] input", "+358 20 1234567");
    await page.press(".modal [name=contact_phone] input", "Tab");
    await page.click(".modal input[data-value=vfsfi]");
    await page.waitForSelector(".modal button[name=action_activate]");
    await take(page.locator(".modal-content"), "activation");
    await tellSandbox(sandbox, "ACTIVE");
    await call(page, "res.company", "action_amili_test_connection", [[company]]);
}

function tellSandbox(sandbox, status) {
    return fetch(`${sandbox}/control/companies`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ client_id: CLIENT_ID, service_status: status }),
    });
}

// Helpers ------------------------------------------------------------------------------

async function openInvoice(page, invoice) {
    await page.goto(`/odoo/customer-invoices/${invoice}`);
    await page.waitForSelector(".o_form_view .o_form_sheet");
}

async function copyInvoice(page, invoice, values) {
    const [made] = await call(page, "account.move", "copy", [[invoice], values]);
    await call(page, "account.move", "action_post", [[made]]);
    return made;
}

// Return the customer invoice that was made first among those that fit.
async function find(page, ...conditions) {
    const domain = [["move_type", "=", "out_invoice"], ...conditions];
    const order = { order: "id", limit: 1 };
    const [invoice] = await call(page, "account.move", "search", [domain], order);
    return invoice;
}

function day(offset) {
    return new Date(Date.now() + offset * 86400000).toISOString().slice(0, 10);
}

function call(page, model, method, args, kwargs = {}) {
    return page.evaluate(
        async (params) => {
            const response = await fetch("/web/dataset/call_kw", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", method: "call", params }),
            });
            return (await response.json()).result;
        },
        { model, method, args, kwargs }
    );
}

// Take a picture of a part of the page, or of the page down to a height.
async function take(part, name, height) {
    const page = height ? part : part.page();
    if (height) {
        await page.setViewportSize({ width: WIDTH, height });
    }
    await page.waitForFunction(() =>
        [...document.images].every(
            (image) =>
                image.complete || image.getBoundingClientRect().top > innerHeight
        )
    );
    // What has just happened elsewhere is shown over it.
    await page.addStyleTag({
        content: ".o_notification_manager { display: none }",
    });
    await page.evaluate(() => {
        document.activeElement.blur();
        return document.fonts.ready;
    });
    // Without the frame, through whose corners what lies behind would shine.
    const box = height ? undefined : inset(await part.boundingBox(), 2);
    await page.screenshot({
        path: path.join(FOLDER, `${name}.png`),
        animations: "disabled",
        clip: box,
    });
    console.log(name);
}

function inset({ x, y, width, height }, by) {
    return { x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by };
}

main(process.argv[2]).catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
