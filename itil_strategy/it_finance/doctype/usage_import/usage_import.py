import json

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.exceptions import RunStateError, UsageImportError
from itil_strategy.it_finance.usage import importer
from itil_strategy.it_finance.usage.not_chargeable import take_up
from itil_strategy.it_finance.usage.unmapped import ignore_unmapped, list_unmapped, map_later
from itil_strategy.utils import jobs
from itil_strategy.utils.guard import protect_job_fields

FILE_ENDINGS = (".csv", ".parquet")

JOB_FIELDS = (
	"status",
	"remap_of",
	"rows_read",
	"rows_imported",
	"rows_known",
	"rows_restated",
	"rows_unmapped",
	"rows_ignored",
	"rows_not_chargeable",
	"first_date",
	"last_date",
	"totals",
	"ignore_reason",
	"file_hash",
	"group_count",
	"started_on",
	"completed_on",
	"error_message",
	"row_errors",
)


class UsageImport(Document):
	"""A usage file and what became of it: all of its rows are stored, or none (FM-10)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		company: DF.Link
		completed_on: DF.Datetime | None
		error_message: DF.SmallText | None
		file_hash: DF.Data | None
		first_date: DF.Date | None
		group_count: DF.Int
		ignore_reason: DF.SmallText | None
		last_date: DF.Date | None
		naming_series: DF.Literal["UI-.YYYY.-.#####"]
		remap_of: DF.Link | None
		restates_month: DF.Check
		row_errors: DF.JSON | None
		rows_ignored: DF.Int
		rows_imported: DF.Int
		rows_known: DF.Int
		rows_not_chargeable: DF.Int
		rows_read: DF.Int
		rows_restated: DF.Int
		rows_unmapped: DF.Int
		started_on: DF.Datetime | None
		status: DF.Literal["Draft", "Queued", "Importing", "Completed", "Failed"]
		totals: DF.SmallText | None
		usage_file: DF.Attach
		usage_mapping: DF.Link | None
	# end: auto-generated types

	def before_validate(self):
		protect_job_fields(self, JOB_FIELDS)

	def validate(self):
		self.validate_file_kind()
		self.validate_unchanged_once_started()

	def on_trash(self):
		self.refuse_delete_once_claimed()
		frappe.db.delete("Service Usage", {"usage_import": self.name})

	def validate_file_kind(self):
		if self.remap_of:
			return
		if not (self.usage_file or "").lower().endswith(FILE_ENDINGS):
			frappe.throw(
				_("{0} is neither CSV nor Parquet. Attach a file that ends in .csv or .parquet.").format(
					frappe.bold(self.usage_file)
				),
				UsageImportError,
				title=_("Kind of File"),
			)

	def validate_unchanged_once_started(self):
		before = self.get_doc_before_save()
		if not before or before.status in importer.STARTABLE:
			return
		for fieldname in ("usage_file", "usage_mapping", "restates_month", "company"):
			if self.get(fieldname) != before.get(fieldname):
				frappe.throw(
					_("{0} cannot change once the import was started. Make a new Usage Import.").format(
						frappe.bold(_(self.meta.get_label(fieldname)))
					),
					RunStateError,
					title=_("Import Under Way"),
				)

	def refuse_delete_once_claimed(self):
		if self.status in importer.UNDER_WAY and jobs.is_working(self.doctype, self.name):
			frappe.throw(_("The import is running. Wait for it to end."), RunStateError)
		self.refuse_delete_once_restated()
		run = frappe.db.get_value("Usage Claim", {"usage_import": self.name}, "charging_run")
		if run:
			frappe.throw(
				_("Charging run {0} charged usage of this import. Cancel the run first.").format(
					frappe.bold(run)
				),
				frappe.LinkExistsError,
				title=_("Usage Is Charged"),
			)

	def refuse_delete_once_restated(self):
		"""A later import holds only the difference to rows of this one."""
		mine, later = frappe.qb.DocType("Service Usage"), frappe.qb.DocType("Service Usage").as_("later")
		rows = (
			frappe.qb.from_(mine)
			.inner_join(later)
			.on((later.source_key == mine.source_key) & (later.revision > mine.revision))
			.select(later.usage_import)
			.where((mine.usage_import == self.name) & (later.usage_import != self.name))
			.limit(1)
		).run()
		if rows:
			frappe.throw(
				_("Import {0} restates rows of this one. Delete that one first.").format(
					frappe.bold(rows[0][0])
				),
				frappe.LinkExistsError,
				title=_("Rows Are Restated"),
			)

	@frappe.whitelist(methods=["POST"])
	def start_import(self) -> None:
		"""Queue the import; refuses when it is under way or done."""
		self.check_permission("write")
		importer.start(self)

	@frappe.whitelist()
	def get_unmapped(self) -> list[dict]:
		"""Values of the file that stand for nothing yet, with their rows and amounts."""
		self.check_permission("read")
		return list_unmapped(self.name)

	@frappe.whitelist(methods=["POST"])
	def map_unmapped(self) -> str | None:
		"""Apply the mapping as it is now to the unmapped rows; answers the import that holds them."""
		self.check_permission("write")
		return map_later(self)

	@frappe.whitelist(methods=["POST"])
	def ignore_unmapped(self, reason: str) -> int:
		"""Leave the unmapped rows out of charging, with a reason; answers how many."""
		self.check_permission("write")
		return ignore_unmapped(self, reason)

	@frappe.whitelist(methods=["POST"])
	def recheck_not_chargeable(self) -> str | None:
		"""Take up rows whose service was operational on their day after all; answers the import that holds them."""
		self.check_permission("write")
		return take_up(self)

	@frappe.whitelist()
	def get_row_errors(self) -> list[list]:
		"""[row, field, message] per bad row, up to 1,000."""
		self.check_permission("read")
		return json.loads(self.row_errors or "[]")
