"""What an allocation was asked, as a text to keep: a submitted run can be done again to the cent, years later."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from itil_strategy.domain.allocation_types import AllocationRequest, Pool
from itil_strategy.domain.dependencies import Dependency

VERSION = 1


def pack(requests: Mapping[date, AllocationRequest]) -> str:
	"""Requests by month as compressed text; numbers are kept exactly."""
	data = {
		"version": VERSION,
		"months": {f"{month:%Y-%m-%d}": _plain(request) for month, request in sorted(requests.items())},
	}
	return b64encode(zlib.compress(json.dumps(data, separators=(",", ":")).encode())).decode()


def unpack(text: str) -> dict[date, AllocationRequest]:
	"""The requests that `pack` was given."""
	data = json.loads(zlib.decompress(b64decode(text)))
	return {date.fromisoformat(month): _request(plain) for month, plain in data["months"].items()}


def _plain(request: AllocationRequest) -> dict:
	return {
		"method": str(request.method),
		"direct": {service: _texts(amounts) for service, amounts in request.direct.items()},
		"receivers": list(request.receivers),
		"pools": [
			{
				"name": pool.name,
				"basis": str(pool.basis),
				"amounts": _texts(pool.amounts),
				"receivers": str(pool.receivers),
				"listed": _texts(pool.listed),
				"values": _texts(pool.values),
				"capacity": None if pool.capacity is None else str(pool.capacity),
			}
			for pool in request.pools
		],
		"dependencies": [[edge.service, edge.provider, str(edge.share)] for edge in request.dependencies],
		"unassigned": _texts(request.unassigned),
		"order": list(request.order),
		"precision": request.precision,
	}


def _request(plain: dict) -> AllocationRequest:
	return AllocationRequest(
		method=plain["method"],
		direct={service: _numbers(amounts) for service, amounts in plain["direct"].items()},
		receivers=tuple(plain["receivers"]),
		pools=tuple(
			Pool(
				name=pool["name"],
				basis=pool["basis"],
				amounts=_numbers(pool["amounts"]),
				receivers=pool["receivers"],
				listed=_numbers(pool["listed"]),
				values=_numbers(pool["values"]),
				capacity=None if pool["capacity"] is None else Decimal(pool["capacity"]),
			)
			for pool in plain["pools"]
		),
		dependencies=tuple(
			Dependency(service, provider, share=Decimal(share))
			for service, provider, share in plain["dependencies"]
		),
		unassigned=_numbers(plain["unassigned"]),
		order=tuple(plain["order"]),
		precision=plain["precision"],
	)


def _texts(numbers: Mapping[str, Decimal]) -> dict[str, str]:
	return {key: str(value) for key, value in numbers.items()}


def _numbers(texts: Mapping[str, str]) -> dict[str, Decimal]:
	return {key: Decimal(value) for key, value in texts.items()}
