"""The retirement analysis of the sample organisation, January to March 2026, with the default settings.

Computed by hand and by a separate program straight from the files in fixtures/, in fractions; not by this
app. Raw values and scores have six decimals, money two. None: no figure, so the indicator is left out.

Charged and shown amounts are those of the charging statement (37,367.80 and 18,070.79 in all), by month of
usage. The sample's surveys and feedback begin in April, so satisfaction and complaint rate are missing and the
value axis covers 75 of 100 at most.

One service step by step, HOSTING (functional fit 1, technical fit 2, no outcome):

	usage    January 744 + 1,488 + 10,416 + 2,232 = 14,880 hours, February 13,440, March 15,624
	         slope (15,624 - 14,880) / 2 = 372 a month, mean 14,648: 1,200 x 372 / 14,648 = 30.475150 % a year
	customers with usage  Retail, Logistics, Manufacturing, Harbour Foods = 4
	cost     1,050.00 + 1,050.00 + 1,080.00 = 3,180.00; units 43,944; 3,180 / 43,944 = 0.072365 an hour
	unit cost  0.0705645, 0.0781250, 0.0691244 an hour: slope -0.00072005, mean 0.0726046: -11.900826 % a year
	charged  Harbour Foods 63.24 + 57.12 + 126.48 = 246.84, Logistics 147.84 + 163.68 = 311.52 (January was
	         shown), Retail 200.88 + 181.44 + 200.88 = 583.20; in all 1,141.56; / 3,180.00 = 35.898113 %
	scores   usage trend 10 (above +20), customers 1 + 9 x 4/5 = 8.2, contribution 1 (0 of 30), functional fit 1
	         technical fit 1 + 9 x 1/3 = 4, recovery 1 (below 50), unit cost trend 10 (below -10)
	value    (20 x 10 + 15 x 8.2 + 25 x 1 + 15 x 1) / 75 = 363 / 75 = 4.84: low
	fitness  (40 x 4 + 35 x 1 + 25 x 10) / 100 = 4.45: low, so Eliminate, to retire
	saving   (3,180.00 - 246.84 of Harbour Foods) x 12/3 = 11,732.64 a year
"""

WINDOW = ("2026-01", "2026-02", "2026-03")
INDICATORS = (
	"usage_trend",
	"active_customers",
	"satisfaction",
	"complaint_rate",
	"strategic_contribution",
	"functional_fit",
	"technical_fit",
	"recovery",
	"unit_cost_trend",
)

TABLE = {
	"ANALYTICS": {  # live since February: two months give no trend
		"raw": (None, "2", None, None, "22.5", "4", "3", "108", None),
		"scores": (None, "4.6", None, None, "7.75", "10", "7", "10", None),
		"value": "7.504545",
		"value_coverage": "55",
		"fitness": "8.4",
		"fitness_coverage": "75",
		"class": "Invest",
		"recommended": "Renew",
		"full_cost": "8100.00",
		"charged": "8748.00",
		"shown": "0.00",
		"external_income": "0.00",
		"unit_cost": "47.647059",
		"unit": "Hour",
		"net_saving": "32400.00",
		"dependents": (),
	},
	"CLOUD": {  # live since March and never assessed: 25 + 15 and 35 of 100
		"raw": (None, "3", None, None, "14", None, None, "81.126307", None),
		"scores": (None, "6.4", None, None, "5.2", None, None, "6.602735", None),
		"value": None,
		"value_coverage": "40",
		"fitness": None,
		"fitness_coverage": "35",
		"class": None,
		"recommended": None,
		"full_cost": "608.36",
		"charged": "493.54",
		"shown": "145.24",
		"external_income": "0.00",
		"unit_cost": "0.919994",
		"unit": "USD",
		"net_saving": "2433.44",
		"dependents": (),
	},
	"EDI": {  # 675.00 charged with the late 15.00 of January
		"raw": ("5.927422", "2", None, None, "5", "2", "3", "107.142857", "-5.856372"),
		"scores": ("6.83367", "4.6", None, None, "2.5", "4", "7", "10", "8.756912"),
		"value": "4.375645",
		"value_coverage": "75",
		"fitness": "8.489228",
		"fitness_coverage": "100",
		"class": "Tolerate",
		"recommended": "Retain",
		"full_cost": "630.00",
		"charged": "675.00",
		"shown": "45.00",
		"external_income": "0.00",
		"unit_cost": "0.013831",
		"unit": "Nos",
		"net_saving": "2520.00",
		"dependents": (),
	},
	"ERP": {  # Manufacturing and, in January, Logistics only see it: 57.6 % charged
		"raw": ("9.917355", "4", None, None, "26.75", "3", "2", "57.556627", "-11.041385"),
		"scores": ("7.731405", "8.2", None, None, "9.025", "7", "4", "2.360193", "10"),
		"value": "8.110041",
		"value_coverage": "75",
		"fitness": "4.926067",
		"fitness_coverage": "100",
		"class": "Migrate",
		"recommended": "Refactor",
		"full_cost": "30180.00",
		"charged": "17370.59",
		"shown": "12809.41",
		"external_income": "0.00",
		"unit_cost": "83.140496",
		"unit": "Nos",
		"net_saving": "120720.00",
		"dependents": (
			"ANALYTICS",
			"EDI",
		),
	},
	"HOSTING": {  # see above
		"raw": ("30.47515", "4", None, None, "0", "1", "2", "35.898113", "-11.900826"),
		"scores": ("10", "8.2", None, None, "1", "1", "4", "1", "10"),
		"value": "4.84",
		"value_coverage": "75",
		"fitness": "4.45",
		"fitness_coverage": "100",
		"class": "Eliminate",
		"recommended": "Retire",
		"full_cost": "3180.00",
		"charged": "1141.56",
		"shown": "2468.64",
		"external_income": "246.84",
		"unit_cost": "0.072365",
		"unit": "Hour",
		"net_saving": "11732.64",
		"dependents": (
			"ANALYTICS",
			"ERP",
			"STORAGE",
		),
	},
	"IDENTITY": {  # shown without a price: not judged by recovery
		"raw": ("4.6875", "4", None, None, "17.5", "4", "3", None, "4.925763"),
		"scores": ("6.554688", "8.2", None, None, "6.25", "10", "7", None, "5.522271"),
		"value": "7.47125",
		"value_coverage": "75",
		"fitness": "6.431643",
		"fitness_coverage": "65",
		"class": "Invest",
		"recommended": "Renew",
		"full_cost": "935.00",
		"charged": "0.00",
		"shown": "0.00",
		"external_income": "0.00",
		"unit_cost": "0.304362",
		"unit": "Nos",
		"net_saving": "3740.00",
		"dependents": (
			"CLOUD",
			"ERP",
			"SERVICE-DESK",
			"STORAGE",
		),
	},
	"NETWORK": {  # fixed fees without usage, functional fit never assessed: 15 + 25 of 100
		"raw": (None, "0", None, None, "3.75", None, "2", "81.316667", None),
		"scores": (None, "1", None, None, "2.125", None, "4", "6.637", None),
		"value": None,
		"value_coverage": "40",
		"fitness": "5.2306",
		"fitness_coverage": "75",
		"class": None,
		"recommended": None,
		"full_cost": "2940.00",
		"charged": "2390.71",
		"shown": "0.00",
		"external_income": "0.00",
		"unit_cost": None,
		"unit": None,
		"net_saving": "11760.00",
		"dependents": (
			"HOSTING",
			"SERVICE-DESK",
			"STORAGE",
		),
	},
	"SERVICE-DESK": {  # 816.00 of Blue Orchard is income from outside
		"raw": ("15.254237", "5", None, None, "7.5", "3", "3", "66.744828", "-2.239258"),
		"scores": ("8.932203", "10", None, None, "3.25", "7", "7", "4.014069", "7.671777"),
		"value": "6.865254",
		"value_coverage": "75",
		"fitness": "6.122868",
		"fitness_coverage": "100",
		"class": "Invest",
		"recommended": "Renew",
		"full_cost": "7250.00",
		"charged": "4839.00",
		"shown": "2215.50",
		"external_income": "816.00",
		"unit_cost": "20.480226",
		"unit": "Nos",
		"net_saving": "25736.00",
		"dependents": (),
	},
	"STORAGE": {  # 6,450, 7,060, 7,620 Gigabyte: slope 585, mean 7,043.33
		"raw": ("99.668717", "3", None, None, "0", "2", "3", "95.497207", "-80.584462"),
		"scores": ("10", "6.4", None, None, "1", "4", "7", "9.189497", "10"),
		"value": "5.08",
		"value_coverage": "75",
		"fitness": "8.516324",
		"fitness_coverage": "100",
		"class": "Tolerate",
		"recommended": "Retain",
		"full_cost": "1790.00",
		"charged": "1709.40",
		"shown": "387.00",
		"external_income": "0.00",
		"unit_cost": "0.084714",
		"unit": "Gigabyte",
		"net_saving": "7160.00",
		"dependents": (),
	},
}
