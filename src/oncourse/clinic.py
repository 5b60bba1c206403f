"""The clinic: protocols, a record and a clock in one object that every face holds; the only reader of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from oncourse import document
from oncourse.course import Course, written, zone_of
from oncourse.document import Node
from oncourse.problem import BadInput, Problem, Refused, excerpt
from oncourse.protocol import Protocol
from oncourse.protocol_file import load, named
from oncourse.record import kept, protocols, typed
from oncourse.record.backup import back_up
from oncourse.record.backup import restore as restored
from oncourse.record.checks import Checks
from oncourse.record.database import Database, Unavailable
from oncourse.record.entry import Draft, Entry, Head
from oncourse.record.kept import EVENT, HEAD, Kept
from oncourse.record.log import Conflict, Record
from oncourse.record.patients import COURSE, PATIENT, WHO, Patient
from oncourse.record.verify import Chain, verified
from oncourse.roles import Actor, NotAllowed

if TYPE_CHECKING:
    from oncourse.decide import Decision
    from oncourse.record.accounts import Accounts

__all__ = [
    "Clinic",
    "Clock",
    "Conflict",
    "Head",
    "NoCourse",
    "NotAllowed",
    "Opened",
    "Unavailable",
    "frozen",
    "now",
    "restore",
]

Clock = Callable[[], datetime]

SITE = "@site"  # the stream of the settings that new courses begin with
MOST = 200  # events told at once: for each that is signed the course is decided anew
RECENT = 200  # courses that are not read again until something is added to them


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def frozen(at: datetime) -> Clock:
    """A clock that stands still."""
    return lambda: at


def restore(path: Path, address: str) -> Head:
    """Fill an empty database from a backup; raises Unavailable, and then nothing is filled."""
    return restored(path, Database(address))


class NoCourse(Refused):
    """Nothing is kept under that id."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no course {excerpt(name)} is on record", "give the id of one that is")


class Opened(NamedTuple):
    """A course that was taken in: its id, how many events are kept, and how many expectations were left out."""

    course: str
    events: int
    left_out: int


class Clinic:
    """Everything that faces do: courses are opened, told and decided; whoever acts is named each time.

    Texts that come in are YAML or JSON; `BadInput` names every fault of them, and then nothing is kept.
    """

    def __init__(self, record: Record, clock: Clock = now) -> None:
        self.record, self.clock = record, clock
        self._recent: dict[str, Kept] = {}

    @classmethod
    def at(cls, address: str, by: str, clock: Clock = now) -> Clinic:
        """The clinic whose record is at that address, begun if there is none; raises Unavailable."""
        return cls(Record.at(address, by, _stamp(clock)), clock)

    @classmethod
    def there(cls, address: str, clock: Clock = now) -> Clinic:
        """The clinic whose record is at that address; raises Unavailable, also if there is none."""
        return cls(Record.open(address), clock)

    # What is there

    def search(self, words: str = "") -> list[Patient]:
        """The patients in whose id, name, identifiers or date of birth every word stands."""
        return self.record.search(words)

    def course(self, name: str, upto: int | None = None) -> Kept:
        """One course, or as it was when the record had so many entries; raises NoCourse."""
        return self._kept(self.entries(name, upto))

    def entries(self, name: str, upto: int | None = None) -> list[Entry]:
        """Everything that was told of a course, or was when the record had so many entries; raises NoCourse."""
        entries = [] if name.startswith("@") or not typed.plain(name) else self.record.entries(name, upto)
        if not entries:
            raise NoCourse(name)
        return entries

    def decision(self, name: str, at: date | datetime | None = None) -> Decision:
        """What to do in a course, now if no moment is given; raises NoCourse."""
        from oncourse.decide import decide  # what only writes or copies the record does not pay for it

        known = self.course(name)
        return decide(known.protocol, known.course, at or self.here(known.course))

    def here(self, course: Course | None = None) -> datetime:
        """Now, on the clocks of the site that treats this course, or where a new one would begin."""
        return self.clock().astimezone(self._zone(course))

    def documents(self, names: Sequence[str] = (), upto: int | None = None) -> Iterator[tuple[str, str]]:
        """Courses as documents, all if none is named; all as they were when the record had so many entries."""
        upto = self.record.head().seq if upto is None else upto
        for name in names or [patient.course for patient in self.search()]:
            entries = self.entries(name, upto) if names else self.record.entries(name, upto)
            if entries:
                yield name, written(kept.parts(entries))

    # What happens

    def open(
        self, source: str | bytes, by: str, key: str | None = None, actor: Actor | None = None, who: str | None = None
    ) -> Opened:
        """Begin a course from its document, under the site's settings if it names none.

        `actor` is whoever signed in; raises NotAllowed for events that are not theirs to tell. `who` says at once by
        what the patient is known.
        """
        return self._take_in([("course", source)], by, key, self.settings(), actor, who)[0]

    def take_in(self, documents: Iterable[tuple[str, str | bytes]], by: str) -> list[Opened]:
        """Keep whole course documents as they are, each with the name of its file; all of them or none."""
        return self._take_in(documents, by)

    def append(
        self,
        name: str,
        version: int,
        source: str | bytes,
        by: str,
        why: str | None = None,
        key: str | None = None,
        actor: Actor | None = None,
    ) -> list[Entry]:
        """Keep one event or a list of them, told of a course at that version; the entries as they are kept.

        `actor` is whoever signed in; only what is theirs is taken then. Under a key that was used before, what was
        kept then. Raises NoCourse, NotAllowed, or Conflict with the entries since if the course has another version.
        """
        from oncourse import stage

        entries, (root, faults) = self.entries(name), typed.read(source, "events")
        before, events = self._kept(entries), typed.events(root)
        typed.require(events, before.course, actor)
        faults += [*typed.unnamed(events), *typed.others(events, actor)] if actor is not None else ()
        if not events:
            faults.append(Problem(root.place, "nothing is told", "give an event"))
        if len(events) > MOST:
            raise BadInput([Problem(root.place, f"{len(events)} events are told at once", f"tell at most {MOST}")])
        faults += [*typed.who(by, why, key), *typed.foreign(events), *self._late(before.course, events)]
        if key is not None and typed.plain(key) and (known := self.record.keyed(name, key)):
            return typed.the_same(known, root, by, key)
        if version != len(entries):
            raise Conflict(name, len(entries), entries[version:])
        taken = [event.id for event in before.course.events if event.id is not None]
        recorded = _stamp(self.clock)
        events = typed.signed(events, by, recorded, version, taken)
        course = kept.read(kept.tree(entries, events), before.protocol, faults)
        if stopped := stage.refused(before, entries, course, by, self.here(course)):
            raise BadInput(stopped)
        drafts = [
            Draft(EVENT, event.plain(), _advice(before.protocol, course, place))
            for place, event in enumerate(events, len(before.course.events))
        ]
        with self.record.writing() as writer:
            if any(draft.advice for draft in drafts):
                protocols.keep(writer, before.protocol, by, recorded)
            made = writer.append(name, version, drafts, by, recorded, why, key)
        return made if key is None else typed.the_same(made, root, by, key)

    def checks(self, name: str) -> Checks:
        """What of the dose in hand waits for a second person; raises NoCourse."""
        from oncourse import stage

        entries = self.entries(name)
        return stage.checks_of(self._kept(entries), entries)

    def amend(self, name: str, version: int, source: str | bytes, by: str, why: str) -> list[Entry]:
        """Put right what a course says of its protocol, patient or site; each part is given whole."""
        entries, (root, faults) = self.entries(name), typed.read(source, "course")
        faults += [*typed.who(by, why), *typed.parts(root, HEAD)]
        if faults:
            raise BadInput(faults)
        changed = kept.tree(entries)
        changed.value |= root.value  # type: ignore[operator]
        if kept.read(changed, self._protocol(changed)).id != name:
            raise BadInput([Problem(root.place, "a course keeps the id of its patient", f"leave it {name}")])
        return self._keep(name, version, Draft(COURSE, root.plain()), by, why)

    def identify(self, name: str, version: int, source: str | bytes, by: str) -> list[Entry]:
        """Say by what a patient is known; each part that is given is given whole."""
        self.entries(name)
        return self._keep(name, version, Draft(PATIENT, typed.fields(WHO, source, by)), by)

    def settings(self) -> Mapping[str, Any]:
        """The settings with which new courses begin, as they were written."""
        return self.site()[1]

    def site(self) -> tuple[int, Mapping[str, Any]]:
        """Those settings with their version."""
        newest = self.record.newest(SITE, "site")
        return (newest.version, newest.said) if newest is not None else (0, {})

    def settle(self, version: int, source: str | bytes, by: str, why: str | None = None) -> list[Entry]:
        """Set the settings with which new courses begin, all of them at once; courses that run keep theirs."""
        return self._keep(SITE, version, Draft("site", typed.fields(load().vocabulary.site, source, by, why)), by, why)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may come in; whoever leaves their place is signed out after the time that the site sets."""
        from oncourse.record.accounts import IDLE, Accounts  # most commands know no accounts

        def idle() -> timedelta:
            site, _ = load().vocabulary.site.read(document.built(self.settings(), SITE), [])
            said = site.get("idle_lock")
            return timedelta(seconds=max(int(said * 60), 1)) if isinstance(said, Fraction) else IDLE

        return Accounts(self.record, self.clock, idle)

    # What keeps the record

    def back_up(self, path: Path) -> Head:
        """Write the whole record into one file, while others go on; its head, to be noted elsewhere."""
        return back_up(self.record.database, path)

    def verified(self, noted: Head | None = None, decisions: bool = False) -> Chain:
        """Is the record what was kept; with `decisions`, does every decision in it still follow from it?"""
        chain = verified(self.record.database, noted)
        if decisions:
            chain.faults += self._otherwise(chain.versions)
        return chain

    def _otherwise(self, streams: Iterable[str]) -> Iterator[str]:
        for name in streams:
            entries = self.record.entries(name)
            for place, entry in enumerate(entries):
                if entry.advice is not None and (fault := self._replayed(entries[:place], entry)) is not None:
                    yield f"entry {entry.seq} ({name}, version {entry.version}): {fault}"

    def _replayed(self, before: Sequence[Entry], entry: Entry) -> str | None:
        from oncourse.record.advice import otherwise

        protocol = protocols.by_hash(self.record, entry.advised["protocol"])
        if protocol is None:
            return "the protocol that was followed is missing"
        return otherwise(entry.advised, protocol, kept.read(kept.tree(before), protocol))

    # How

    def _kept(self, entries: Sequence[Entry]) -> Kept:
        """The course of all its entries; read once, for the hash of the last stands for every one of them."""
        last = entries[-1].hash
        if (known := self._recent.get(last)) is None:
            root = kept.tree(entries)
            protocol = self._protocol(root)
            known = Kept(kept.read(root, protocol), protocol, len(entries))
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[last] = known
        return known

    def _protocol(self, root: Node) -> Protocol:
        """The protocol that a document names; in a version that the program no longer has, that of the record."""
        try:
            return named(root)
        except BadInput:
            if (known := protocols.by_name(self.record, kept.protocol_of(root))) is None:
                raise
            return known

    def _zone(self, course: Course | None) -> tzinfo:
        return (course and zone_of(course)) or ZoneInfo(self.settings().get("timezone", "UTC"))

    def _late(self, course: Course, events: Sequence[Node]) -> Iterator[Problem]:
        return typed.late(events, self.here(course))

    def _keep(self, stream: str, version: int, draft: Draft, by: str, why: str | None = None) -> list[Entry]:
        with self.record.writing() as writer:
            return writer.append(stream, version, [draft], by, _stamp(self.clock), why)

    def _take_in(
        self,
        documents: Iterable[tuple[str, str | bytes]],
        by: str,
        key: str | None = None,
        settings: Mapping[str, Any] | None = None,
        actor: Actor | None = None,
        who: str | None = None,
    ) -> list[Opened]:
        faults, opened = list(typed.who(by, key=key)), list[Opened]()
        known = typed.also(WHO, who, faults)
        key = key if key is not None and typed.plain(key) else None
        ready: dict[str, tuple[Node, Protocol, list[Draft]]] = {}
        for file, source in documents:
            try:
                root, doubles = typed.read(source, file)
                if settings and isinstance(root.value, dict):
                    root.value.setdefault("site", document.built(settings, SITE))
                course, protocol = self._sound(root, doubles)
                typed.require(typed.happened(typed.listed(root)), course, actor)
            except BadInput as bad:
                faults += bad.problems
                continue
            if course.id in ready:
                faults.append(Problem(root.place, f"{course.id} is given twice", "keep one of them"))
            drafts = kept.drafts(root)
            happened = len(drafts) - 1
            ready[course.id] = root, protocol, [*drafts, *(Draft(PATIENT, said) for said in known)]
            faults += self._known(root, course.id, ready[course.id][-1], key)
            opened.append(Opened(course.id, happened, len(course.events) - happened))
        if faults:
            raise BadInput(faults)
        recorded = _stamp(self.clock)
        with self.record.writing() as writer:
            for protocol in {protocol.sha256: protocol for _, protocol, _ in ready.values()}.values():
                protocols.keep(writer, protocol, by, recorded)
            for name, (root, _, drafts) in ready.items():
                try:
                    made = writer.append(name, 0, drafts, by, recorded, key=key)
                except Conflict:  # somebody else began it after we looked
                    raise BadInput([typed.there(root, name)]) from None
                if not typed.as_sent(made, drafts):
                    raise BadInput([typed.used(root, key)])
        return opened

    def _sound(self, root: Node, faults: list[Problem]) -> tuple[Course, Protocol]:
        """A document as a course whose events have all happened."""
        protocol = self._protocol(root)
        course = kept.read(root, protocol, faults)
        faults = [*self._late(course, typed.happened(typed.listed(root))), *typed.course_id(root, course.id)]
        if faults:
            raise BadInput(faults)
        return course, protocol

    def _known(self, root: Node, name: str, drafts: Sequence[Draft], key: str | None) -> Iterator[Problem]:
        """Is a course on record already, and not only because the same is sent again?"""
        if self.record.entries(name):  # asked first: whatever is there, its key is found
            known = [] if key is None else self.record.keyed(name, key)
            if not known:
                yield typed.there(root, name)
            elif not typed.as_sent(known, drafts):
                yield typed.used(root, key)


def _advice(protocol: Protocol, course: Course, place: int) -> Any:
    """What is advised just before an event that is signed."""
    if not protocol.vocabulary.kinds[course.events[place].kind].signed:
        return None
    from oncourse.record.advice import advice

    return advice(protocol, course, place)


def _stamp(clock: Clock) -> str:
    return clock().astimezone(UTC).isoformat(timespec="microseconds")
