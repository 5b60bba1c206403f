"""A haematologist who decides otherwise at the bedside: signs beside a nurse, with kind, reason, name and password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oncourse.faces.doors import Refusal, vouched
from oncourse.faces.web.forms import Faults, Leaf, optioned
from oncourse.faces.web.otherwise import SHORTEST
from oncourse.faces.web.page import Visit, text
from oncourse.faces.web.typed import SECRET
from oncourse.protocol import Protocol
from oncourse.roles import Actor, table

PRESCRIBES = "ordered"  # whoever may do this is a haematologist
PASSWORD = f"{SECRET}.doctor"


def doctor(visit: Visit, faults: Faults) -> Actor | None:
    """The haematologist whose name and password were typed; what of the signature is missing is noted."""
    typed = visit.typed
    if not typed["kind"]:
        faults.add("kind", text("otherwise.choose_kind"))
    if len(typed["why"]) < SHORTEST:
        faults.add("why", text("otherwise.why_short", least=SHORTEST))
    try:
        actor = (
            vouched(visit.request, visit.clinic, typed["doctor"], typed.secret(PASSWORD)) if typed["doctor"] else None
        )
    except Refusal:
        faults.add("doctor", text("signin.later"))
        return None
    if actor is None:
        faults.add("doctor", text("signing.unknown"))
    elif not table().allows(PRESCRIBES, actor.roles):
        faults.add("doctor", text("signing.other"))
    return actor


def overrode(visit: Visit, clause: str, actor: Actor | None) -> Mapping[str, Any]:
    """The event by which that haematologist sets aside a clause."""
    typed = visit.typed
    signed = {"kind": Leaf("kind", typed["kind"]), "why": Leaf("why", typed["why"])}
    return {"overrode": {"clause": Leaf("clause", clause), **signed, "by": "" if actor is None else actor.shown}}


def asked(protocol: Protocol) -> Mapping[str, Any]:
    """What a page says that asks for such a signature: the kinds of reason, and how long a reason is."""
    kinds = protocol.vocabulary.fields("overrode")["kind"].options
    return {"kinds": [(one, optioned(protocol, one)) for one in kinds], "least": SHORTEST}
