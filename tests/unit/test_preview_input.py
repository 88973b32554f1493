"""Bad input to the preview: one sentence per error that names the place and the way out, and exit code 1."""

import pytest

from itil_strategy.__main__ import main

from .preview_files import FOCUS_HEADER, POLICY, USAGE

TIERED = "policy,offering,method,currency\nSteps,Mail,Graduated,EUR\n"
TIERS_HEADER = "policy,from_quantity,to_quantity,unit_price\n"


@pytest.mark.parametrize(
	("policies", "messages"),
	[
		("", ["policies.csv is empty. It needs a header with method."]),
		("method\n", ["policies.csv has no policies. Enter at least one row."]),
		(
			"offering,price\nMail,1\n",
			["policies.csv has no column method. It has offering, price.", "unknown columns: price."],
		),
		("method,method\nNone,None\n", ["policies.csv has the column method twice. Name each column once."]),
		(
			"offering,method,currency\nMail,None\n",
			["policies.csv, row 2: has 2 cells, the header has 3. Correct the row."],
		),
		(
			"method,currency\nNone,EUR\n",
			["row 2, service: is empty. Name the service or the offering that the policy prices."],
		),
		(
			"offering,method,currency\nMail,per unit,EUR\n",
			['row 2, method: "per unit" is not known. Choose one of None, Cost,'],
		),
		("offering,method\nMail,None\n", ["row 2, currency: is empty. Enter a currency or add --currency."]),
		(
			"offering,method,currency\nMail,Per Unit,EUR\n",
			["row 2, unit_price: is empty. The method Per Unit needs it."],
		),
		(
			"offering,method,currency\nMail,Fixed Fee,EUR\n",
			["row 2, fixed_fee: is empty. The method Fixed Fee needs it."],
		),
		(
			POLICY.replace("2.50", "1,50").replace("EUR,1,50", 'EUR,"1,50"'),
			['unit_price: "1,50" is not a number. Write it like 1234.56.'],
		),
		(POLICY.replace("2.50", "-1"), ["row 2, unit_price: -1 is negative. Enter 0 or more."]),
		(POLICY.replace("2.50", "nan"), ['"nan" is not a number.']),
		(POLICY.replace("2.50", "9" * 13), ["is not a number."]),
		(
			"offering,method,currency,unit_price,package_size\nMail,Package,EUR,1,0\n",
			["row 2, package_size: must be above 0. Enter how many units a package has."],
		),
		(
			"offering,method,currency,valid_from,valid_to\nMail,None,EUR,01.02.2026,\nNet,None,EUR,2026-02-01,2026-01-31\n",
			[
				'row 2, valid_from: "01.02.2026" is not a date. Write it like 2026-01-31.',
				"row 3, valid_to: 2026-01-31 is before valid_from 2026-02-01. Swap them.",
			],
		),
		(
			"policy,offering,method,currency\nA,Mail,None,EUR\nB,Mail,None,EUR\n",
			[
				"policies A and B are equally exact and valid on the same day. End one before the other starts."
			],
		),
		(
			POLICY + "Mail,Per Unit,EUR,3\n",
			["row 3, policy: Mail Per Unit has a row already. Give each policy its own name."],
		),
		(
			"offering,method,currency,rounding_precision\nMail,None,EUR,7\n",
			['rounding_precision: "7" is not known. Choose one of 0, 1,'],
		),
		(
			TIERED,
			[
				"row 2, method: Graduated needs tiers, and there are none for policy Steps. Add them to the tiers file."
			],
		),
		(
			POLICY + "Net,Per Unit,USD,1\n",
			["The policies are in EUR and USD. Say with --currency which one the statement is in."],
		),
		(POLICY.encode("utf-16"), ["policies.csv is not UTF-8 text. Save it as CSV in UTF-8."]),
		(
			f"offering,method,currency,unit_price\n{'x' * 141},Per Unit,EUR,1\n",
			["row 2, offering: is longer than 140 characters."],
		),
	],
)
def test_policies(preview, policies, messages):
	answer = preview.charge(policies=policies)
	assert answer.code == 1
	assert answer.out == ""
	for message in messages:
		assert message in answer.err
	assert all(line.startswith("Error: ") for line in answer.errors)


@pytest.mark.parametrize(
	("tiers", "message"),
	[
		(
			"Steps,5,,1\n",
			"policies.csv, row 2, policy: Steps: Tier 1 (5-…) must start at 0",
		),
		("Steps,0,5,1\nSteps,6,,1\n", "Tier 2 (6-…) must start at 5"),
		("Steps,0,,\n", "tiers.csv, row 2, unit_price: is empty. Enter a value."),
		("Stps,0,,1\n", "tiers.csv: policy Stps is not in policies.csv. Correct the name."),
	],
)
def test_tiers(preview, tiers, message):
	answer = preview.charge("--tiers", preview.write("tiers.csv", TIERS_HEADER + tiers), policies=TIERED)
	assert answer.code == 1
	assert message in answer.err


@pytest.mark.parametrize(
	("flag", "text", "message"),
	[
		(
			"--customers",
			"customer,mode\nA,Maybe\n",
			'row 2, mode: "Maybe" is not known. Choose one of Chargeback, Showback.',
		),
		(
			"--customers",
			"customer,mode\nA,Showback\nA,Showback\n",
			"row 3, customer: A has a row already. Keep one of them.",
		),
		(
			"--customers",
			"customer,mode,chargeback_from\nA,Chargeback,2026-01-15\n",
			"2026-01-15 is not the first day of a month.",
		),
		("--customers", "customer,kind\nA,Business Unit\n", 'mode: "" is not known.'),
		("--offerings", "offering,service,unit\nMail,,Nos\n", "row 2, service: is empty. Enter a value."),
		(
			"--rates",
			"date,from_currency,to_currency,rate\n2026-01-31,USD,EUR,0\n",
			"row 2, rate: must be above 0.",
		),
		(
			"--rates",
			"date,from_currency,to_currency,rate\n,USD,EUR,1\n",
			"row 2, date: is empty. Enter a value.",
		),
		(
			"--costs",
			"month,service,amount\n2026-1,mail,5\n",
			'row 2, month: "2026-1" is not a month. Write it like 2026-01.',
		),
		("--costs", "month,service,amount\n2026-01,mail,five\n", 'row 2, amount: "five" is not a number.'),
	],
)
def test_other_tables(preview, flag, text, message):
	answer = preview.charge(flag, preview.write("table.csv", text))
	assert answer.code == 1
	assert message in answer.err


@pytest.mark.parametrize(
	("usage", "message"),
	[
		(USAGE.replace(",4", ",four"), "usage.csv, row 2, quantity: "),
		(USAGE.replace("2026-01-05", "5 Jan"), "usage.csv, row 2, date: "),
		(USAGE.replace(",4", ",-4"), "add --accept-negative."),
		(USAGE.splitlines()[0] + "\n", "The file has column names but no rows."),
		("a,b\n1,2\n", '"customer"'),
		(b"\xff\xfe\x00", "usage.csv"),
		(
			USAGE.replace("2026-01-05", "9999-12-31"),
			"usage.csv, row 2, date: ",
		),
		(FOCUS_HEADER + "1,USD,yesterday,Usage,,x,x,A,\n", "usage.csv, row 2, ChargePeriodStart: "),
	],
)
def test_usage(preview, usage, message):
	answer = preview.charge(usage=usage)
	assert answer.code == 1
	assert message in answer.err


def test_all_bad_rows_of_all_files_at_once(preview):
	first = preview.write("a.csv", USAGE.replace(",4", ",x") + "Mail,Retail,2026-13-01,Nos,1\n")
	second = preview.write("b.csv", USAGE.replace(",4", ",y"))
	policies = preview.write("policies.csv", POLICY)
	answer = preview.run("--usage", first, "--usage", second, "--policies", policies, "--month", "2026-01")
	assert [line.split(":")[1] for line in answer.errors] == [
		" a.csv, row 2, quantity",
		" a.csv, row 3, date",
		" b.csv, row 2, quantity",
	]


def test_many_bad_rows_are_cut_and_counted(preview):
	rows = "".join(f"Mail,Customer {number},2026-01-05,Nos,x\n" for number in range(50))
	answer = preview.charge(usage=USAGE + rows)
	assert len(answer.errors) == 21
	assert answer.errors[-1] == "Error: usage.csv has 30 more bad rows."


def test_obstacles_are_listed_and_nothing_is_written(preview):
	target = preview.folder / "out.csv"
	usage = USAGE + "Net,Retail,2026-01-05,Nos,1\nMail,Retail,2026-01-06,Box,1\nMail,,2026-01-07,Nos,3\n"
	answer = preview.charge("--csv", str(target), usage=usage)
	assert answer.code == 1
	assert not target.exists()
	assert "Not complete. Mend first (3):" in answer.out
	for message in (
		"No charging policy covers Net for Retail from 2026-01-01 to 2026-01-31.",
		"usage.csv: Mail is counted in Box and in Nos. Split the offering by unit or convert the usage.",
		"usage.csv: 1 row (3 Nos) without customer or offering.",
	):
		assert message in answer.out


def test_a_missing_rate_names_currencies_and_day(preview):
	answer = preview.charge("--currency", "USD")
	assert answer.code == 1
	assert "There is no exchange rate from EUR to USD for 2026-01-31." in answer.out


@pytest.mark.parametrize(
	("arguments", "message"),
	[
		(
			["--policies", "p.csv", "--tiers", "t.csv"],
			"--policies, --tiers only go with your own usage: add --usage FILE.",
		),
		(["--usage", "u.csv"], "--usage needs prices: add --policies FILE"),
		(["--month", "2026-1"], '"2026-1" is not a month. Write it like 2026-01.'),
		(["--month", "2026-00"], '"2026-00" is not a month.'),
		(["--month", "9999-12"], "9999-12 is out of range. Choose a month from 1900 to 9998."),
		(["--month", "2026-01", "--to", "2026-02"], "--month goes without --from and --to."),
		(["--from", "2026-01"], "--from and --to go together. Add the other one."),
		(["--from", "2026-02", "--to", "2026-01"], "--from 2026-02 is after --to 2026-01. Swap them."),
		(
			["--month", "2027-01"],
			"The sample organisation has no usage in these months. It has 2026-01 to 2026-03.",
		),
		(["--month", "2025-01"], "The sample organisation has no usage in these months."),
		(["--csv", "/nowhere/out.csv"], "/nowhere/out.csv: No such file or directory. Check the path."),
		(["--html", "/nowhere/out.html"], "/nowhere/out.html: No such file or directory. Check the path."),
	],
)
def test_options(preview, arguments, message):
	answer = preview.run(*arguments)
	assert answer.code == 1
	assert message in answer.err
	assert len(answer.errors) == 1


def test_files_that_are_not_there(preview):
	policies = preview.write("policies.csv", POLICY)
	gone = str(preview.folder / "gone.csv")
	assert "gone.csv cannot be read" in preview.run("--usage", gone, "--policies", policies).err
	assert "gone.csv cannot be read" in preview.charge("--tiers", gone).err
	folder = preview.run("--usage", str(preview.folder), "--policies", policies)
	assert (folder.code, len(folder.errors)) == (1, 1)


@pytest.mark.parametrize("arguments", [[], ["charge"], ["preview", "--customer", "A", "--customer-tag", "b"]])
def test_wrong_options_show_the_usage(capsys, arguments):
	with pytest.raises(SystemExit) as exit:
		main(arguments)
	assert exit.value.code == 2
	assert "usage: itil-strategy" in capsys.readouterr().err
