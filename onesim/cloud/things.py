"""The objects of a cloud: what all kinds have in common, and the pools that hold them."""

import time

from onesim.errors import ActionError, InternalError, NoExistsError
from onesim.text.templates import Template, is_plain

FORBIDDEN_IN_NAMES = "&|:\\\";/'#{}$<>\t\n\v\f\r"
PERMISSION_TAGS = tuple(f"{who}_{what}" for who in ("OWNER", "GROUP", "OTHER") for what in "UMA")


def check_name(name, error=InternalError, extra="", ending=""):
    """Raises `error` when no object may have this name."""
    if not name:
        raise error(f"Invalid NAME, it cannot be empty{ending}")
    bad = next((char for char in name if char in FORBIDDEN_IN_NAMES or char in extra), None)
    if bad:
        raise error(f"Invalid NAME, char '{bad}' is not allowed{ending}")
    if len(name.encode()) > 128:
        raise error(f"Invalid NAME, max length is 128 chars{ending}")


def permissions_for(uid, gid, umask):
    """The permissions of a new object of that owner: administrators may get the admin bits too."""
    return (0o777 if uid == 0 or gid == 0 else 0o666) & ~umask


def log_time(moment=None):
    """A moment as the daemon writes it into texts: Sun Nov 22 06:18:50 2026."""
    return time.ctime(moment)


def ids_xml(tag, ids):
    """A set of ids as XML."""
    return f"<{tag}>{''.join(f'<ID>{oid}</ID>' for oid in sorted(ids))}</{tag}>"


class Thing:
    """One object. A kind's class adds fields and says in `render` what its XML is.

    Whoever changes an object calls `cloud.update(thing)` afterwards: that renews its XML, its place in the indexes, the
    stored copy, and publishes state changes.
    """

    kind = None
    clusters = frozenset()
    reserved = False
    noted_states = ()  # `states` at the last update
    readable = True  # whether it can be read back from where it is stored; else only pool calls show it
    as_stored = None  # XML, where that differs from `render`

    def __init__(self, template=None, name="", uid=0, gid=0, uname="", gname="", permissions=0o600):
        self.oid = -1
        self.name = name
        self.uid, self.gid = uid, gid
        self.uname, self.gname = uname, gname
        self.permissions = permissions
        self.lock = None
        self.template = template if template is not None else Template()
        self._xml = None

    @property
    def type_name(self):
        return self.kind.name

    @property
    def lock_level(self):
        return self.lock[0] if self.lock else 0

    @property
    def states(self):
        """The numbers of the states it is in; of kinds without `state_names` none."""
        return (self.state,) if self.kind.state_names else ()

    @property
    def previous_state(self):
        """PREV_STATE: the state at the last update."""
        return self.noted_states[0] if self.noted_states else 0

    @property
    def xml(self):
        """The object as pool calls show it; kept until the next update."""
        if self._xml is None:
            self._xml = self.as_stored or self.render()
        return self._xml

    @property
    def record(self):
        """The XML of the object by itself, as events of calls show it."""
        return self.xml

    def render(self):
        """The XML of the object as pool calls show it."""
        raise NotImplementedError

    def info(self, call):
        """The XML of the object as its info call shows it."""
        return self.render() if self.as_stored else self.xml

    def inserting(self, cloud):
        """Last checks and fields that need the number (`oid` is set); may refuse by raising."""

    def renew(self):
        """Has its XML tell of changes that are not stored yet."""
        self._xml = self.as_stored = None

    def changed(self):
        """To be called after every change, by the pool.

        Pool calls show an object as it was stored; everything else works with it as it is read back.
        """
        self.renew()
        if self.template.is_hollow:
            self.as_stored = self.render()
            self.template.fill()

    def set_error(self, message, name="ERROR"):
        """Notes a failure in the template, with its time."""
        self.template.set(name, f"{log_time()} : {message}")

    def head_xml(self):
        """The start that most kinds' XML has in common."""
        return (
            f"<ID>{self.oid}</ID><UID>{self.uid}</UID><GID>{self.gid}</GID>"
            f"<UNAME>{self.uname}</UNAME><GNAME>{self.gname}</GNAME><NAME>{self.name}</NAME>"
        )

    def permissions_xml(self):
        bits = zip(PERMISSION_TAGS, f"{self.permissions:09b}", strict=True)
        return f"<PERMISSIONS>{''.join(f'<{tag}>{bit}</{tag}>' for tag, bit in bits)}</PERMISSIONS>"

    def lock_xml(self):
        if not self.lock:
            return ""
        fields = zip(("LOCKED", "OWNER", "TIME", "REQ_ID"), self.lock, strict=True)
        return f"<LOCK>{''.join(f'<{tag}>{value}</{tag}>' for tag, value in fields)}</LOCK>"

    def __getstate__(self):
        state = dict(self.__dict__)
        state["_xml"] = None
        return state


class Pool:
    """The objects of one kind, by number and by name. Numbers count up and are never used twice."""

    def __init__(self, cloud, kind):
        self.cloud = cloud
        self.kind = kind
        self.last_oid = -1
        self.things = {}
        self._names = {}
        self._keys = {}

    def __iter__(self):
        """The objects, newest first, as the daemon lists them."""
        return iter(list(reversed(self.things.values())))

    def __len__(self):
        return len(self.things)

    def find(self, oid):
        """The object of that number, or None."""
        thing = self.things.get(oid)
        return thing if thing is not None and thing.readable else None

    def get(self, oid):
        """The object of that number; raises NoExistsError."""
        thing = self.find(oid)
        if thing is None:
            raise NoExistsError(oid, self.kind.title)
        return thing

    def named(self, name, uid=None):
        """The object of that name (and owner, where owners have names of their own), or None."""
        oid = self._names.get((name, uid if self.kind.names_per_owner else None))
        return None if oid is None else self.things[oid]

    def insert(self, thing):
        """Takes a new object in: gives it its number and returns that. Refusals of `inserting` pass through."""
        previous, thing.oid = self.last_oid, self.last_oid + 1
        self.last_oid = thing.oid
        try:
            thing.inserting(self.cloud)
            self._check_xml(thing)
        except Exception:
            self.last_oid = max(previous, 0)  # the daemon's counter never goes back below zero
            self.cloud.journal.put("last number", self.kind.name, self.last_oid)
            raise
        if self.kind.announced:
            thing.noted_states = thing.states
        self.things[thing.oid] = thing
        self.cloud.journal.put("last number", self.kind.name, self.last_oid)
        self.update(thing)
        if self.kind.announced and self.cloud.events:
            self.cloud.events.state(thing)
        return thing.oid

    def reserve_numbers(self, last):
        """Has the next object get the number after `last`."""
        self.last_oid = last
        self.cloud.journal.put("last number", self.kind.name, last)

    def _check_xml(self, thing):
        if not (thing.template.representable() and is_plain(thing.name)):
            raise InternalError(f"Error transforming the {self.kind.xml_title} to XML.")

    def update(self, thing):
        thing.changed()
        self._index(thing)
        self.cloud.journal.put(self.kind.name, thing.oid, thing)

    def drop(self, thing):
        del self.things[thing.oid]
        self._unindex(thing.oid)
        self.cloud.journal.remove(self.kind.name, thing.oid)

    def load(self, thing):
        """Puts a stored object back."""
        self.things[thing.oid] = thing
        self._index(thing)

    def _index(self, thing):
        if not self.kind.names_unique:
            return
        key = (thing.name, thing.uid if self.kind.names_per_owner else None)
        if self._keys.get(thing.oid) != key:
            self._unindex(thing.oid)
            self._keys[thing.oid] = key
            self._names[key] = thing.oid

    def _unindex(self, oid):
        key = self._keys.pop(oid, None)
        if key is not None and self._names.get(key) == oid:
            del self._names[key]


def leave_clusters(cloud, thing):
    """Takes an object off the lists of its clusters."""
    for cluster_id in thing.clusters:
        cluster = cloud.find("CLUSTER", cluster_id)
        if cluster:
            cluster.members[thing.kind.clustered].discard(thing.oid)
            cloud.update(cluster)


class Kind:
    """What is particular to a kind of object, for the methods that all kinds share (onesim.api.generic).

    Attributes say how it is called; the methods below are the places where kinds differ.
    """

    name = ""  # as ACL rules and refusals spell it: NET
    title = ""  # as texts spell it: virtual network
    xml_title = ""  # as "Error transforming the … to XML." spells it
    tag = ""  # of its XML
    pool_tag = ""
    thing = None  # the class of its objects
    names_unique = True
    names_per_owner = True
    lockable = False
    clustered = None  # the list of a cluster that it is on: VNETS
    template_class = Template
    restricted = None  # oned_conf.Restricted, attributes that only administrators set
    state_names = ()  # of kinds whose changes of state are published
    announced = False  # whether a new object's state is published too

    def __init__(self):
        self.thing.kind = self

    def template(self, text):
        """The template that a caller's text describes."""
        return self.template_class.parse(text)

    def own_number(self, call):
        """What -1 stands for in the info call: the caller's own object, where there is such a thing."""
        return -1

    def namesake(self, cloud, name, uid):
        """The object that stands against another of that name for that owner, or None."""
        return cloud.pool(self.name).named(name, uid)

    def check_rename(self, cloud, thing, name):
        """Refuses a new name that the kind does not allow."""
        check_name(name, ActionError)

    def owned_quota(self, cloud, thing):
        """What a change of owner moves from quota to quota: (sort, quota template) each."""
        return []

    def before_update(self, thing, template, append):
        """May add to the template that an update is about to put in place."""

    def updated_template(self, cloud, thing, old):
        """After a template update, `old` being the one before; may refuse by raising (the update is then undone)."""

    def after_update(self, cloud, thing):
        """What follows from an update once it is stored."""

    def after_rename(self, cloud, thing):
        """What follows from a rename once it is stored."""

    def after_chown(self, cloud, thing, uid, gid, call):
        """What follows from a change of owner or group."""

    def state_words(self, thing):
        """What the object's states are called when they are published: the state and the state of its life cycle."""
        return self.state_names[thing.state], ""

    def state_message(self, thing):
        """What is published of a new state after its name."""
        return f"<RESOURCE_ID>{thing.oid}</RESOURCE_ID>{thing.xml}"

    def service(self, thing):
        """The number of the service that the object is part of, or ""."""
        return ""

    def drop(self, call, thing):
        """Takes the object away, or refuses by raising ActionError with the mere reason."""
        leave_clusters(call.cloud, thing)
        call.cloud.drop(thing)

    def created(self, call, template, cluster):
        """Makes and inserts the object of an allocate call; returns its number."""
        raise NotImplementedError
