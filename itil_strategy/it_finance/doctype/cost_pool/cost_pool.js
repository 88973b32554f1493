// Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and contributors
// For license information, please see license.txt

// frappe.ui.form.on("Cost Pool", {
// 	refresh(frm) {

// 	},
// });
