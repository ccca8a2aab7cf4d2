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
        await settings(await logIn(browser, address, "admin"));
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
    const [invoice] = await call(page, "account.move", "copy", [
        [sent],
        {
            invoice_date: day(-44),
            invoice_date_due: day(-30),
            maventa_invoice_id: crypto.randomUUID(),
            amili_reminder_date: day(-16),
            amili_reminder_amount: 5,
        },
    ]);
    await call(page, "account.move", "action_post", [[invoice]]);
    return invoice;
}

async function manyInvoices(page) {
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

async function settings(page) {
    const [company] = await call(page, "res.company", "search", [
        [["name", "=", COMPANY]],
    ]);
    await page.context().addCookies([
        { name: "cids", value: String(company), url: page.url() },
    ]);
    await page.setViewportSize({ width: WIDTH, height: 1000 });
    await page.goto("/odoo/settings");
    await page.click(".settings_tab .tab[data-key=account]");
    await page.click("button[name=action_amili_test_connection]");
    await page.click(".o_notification .o_notification_close");
    await page.waitForSelector(".o_notification", { state: "detached" });
    const block = page.locator(".o_settings_container:has([name=amili_client_id])");
    await block.scrollIntoViewIfNeeded();
    await take(block, "settings");
}

// Helpers ------------------------------------------------------------------------------

async function openInvoice(page, invoice) {
    await page.goto(`/odoo/customer-invoices/${invoice}`);
    await page.waitForSelector(".o_form_view .o_form_sheet");
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
