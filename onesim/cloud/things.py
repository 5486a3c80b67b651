"""The objects of a cloud: the common part of all kinds, and the pools that contain them."""

import time

from onesim.errors import ActionError, InternalError, NoExistsError
from onesim.text.templates import Template, is_plain

FORBIDDEN_IN_NAMES = "&|:\\\";/'#{}$<>\t\n\v\f\r"
PERMISSION_TAGS = tuple(f"{who}_{what}" for who in ("OWNER", "GROUP", "OTHER") for what in "UMA")


def check_name(name, error=InternalError, extra="", ending=""):
    """Raises `error` for an invalid name of an object."""
    if not name:
        raise error(f"Invalid NAME, it cannot be empty{ending}")
    bad = next((char for char in name if char in FORBIDDEN_IN_NAMES or char in extra), None)
    if bad:
        raise error(f"Invalid NAME, char '{bad}' is not allowed{ending}")
    if len(name.encode()) > 128:
        raise error(f"Invalid NAME, max length is 128 chars{ending}")


def permissions_for(uid, gid, umask):
    """The permissions of a new object of that owner: administrators may also get the admin bits."""
    return (0o777 if uid == 0 or gid == 0 else 0o666) & ~umask


def log_time():
    """The time as the daemon writes it: Sun Nov 22 06:18:50 2026."""
    return time.ctime()


def ids_xml(tag, ids):
    """A set of ids as XML."""
    return f"<{tag}>{''.join(f'<ID>{oid}</ID>' for oid in sorted(ids))}</{tag}>"


class Thing:
    """One object. A kind's class adds fields and the XML in `render`.

    After each change of an object, `cloud.update(thing)` must be called: it updates the XML, the indexes and the stored
    copy, and publishes changes of state.
    """

    kind = None
    clusters = frozenset()
    reserved = False
    noted_states = ()  # `states` at the last update
    readable = True  # whether it can be read back from its storage; otherwise only pool calls return it
    as_stored = None  # XML, if it differs from `render`

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
        """The numbers of its states; empty for kinds without `state_names`."""
        return (self.state,) if self.kind.state_names else ()

    @property
    def previous_state(self):
        """PREV_STATE: the state at the last update."""
        return self.noted_states[0] if self.noted_states else 0

    @property
    def xml(self):
        """The object as pool calls return it; cached until the next update."""
        if self._xml is None:
            self._xml = self.as_stored or self.render()
        return self._xml

    @property
    def record(self):
        """The XML of the object itself, as in events of calls."""
        return self.xml

    def render(self):
        """The XML of the object as pool calls return it."""
        raise NotImplementedError

    def info(self, call):
        """The XML of the object as its info call returns it."""
        return self.render() if self.as_stored else self.xml

    def inserting(self, cloud):
        """Last checks and fields that need the number (`oid` is set); may raise to refuse the object."""

    def renew(self):
        """Renders its XML with changes that are not stored yet."""
        self._xml = self.as_stored = None

    def changed(self):
        """Called after every change, by the pool. Pool calls return an object as it was stored; everything else uses it
        as it is read back.

        Pool calls show an object as it was stored; everything else works with it as it is read back.
        """
        self.renew()
        if self.template.is_hollow:
            self.as_stored = self.render()
            self.template.fill()

    def set_error(self, message, name="ERROR"):
        """Stores an error in the template, with its time."""
        self.template.set(name, f"{log_time()} : {message}")

    def head_xml(self):
        """The first elements, which most kinds have in common."""
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
    """The objects of one kind, by number and by name. Numbers increase and are never reused."""

    def __init__(self, cloud, kind):
        self.cloud = cloud
        self.kind = kind
        self.last_oid = -1
        self.things = {}
        self._names = {}
        self._keys = {}

    def __iter__(self):
        """The objects, newest first, in the order of the daemon."""
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
        """The object of that name (and owner, if names are unique for each owner), or None."""
        oid = self._names.get((name, uid if self.kind.names_per_owner else None))
        return None if oid is None else self.things[oid]

    def insert(self, thing):
        """Inserts a new object, assigns its number, and returns the number. Exceptions of `inserting` are passed on."""
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
        """The next object gets the number after `last`."""
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
        """Inserts a stored object."""
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
    """Removes an object from the lists of its clusters."""
    for cluster_id in thing.clusters:
        cluster = cloud.find("CLUSTER", cluster_id)
        if cluster:
            cluster.members[thing.kind.clustered].discard(thing.oid)
            cloud.update(cluster)


class Kind:
    """The specifics of a kind of object, for the methods that all kinds share (onesim.api.generic).

    Attributes contain its names; the methods below are the hooks for differences between kinds.
    """

    name = ""  # in texts: virtual network
    title = ""  # in "Error transforming the … to XML."
    xml_title = ""  # as "Error transforming the … to XML." spells it
    tag = ""  # of its XML
    pool_tag = ""
    thing = None  # the class of its objects
    names_unique = True
    names_per_owner = True
    lockable = False
    clustered = None  # the list of a cluster that it is on: VNETS
    template_class = Template
    restricted = None  # whether changes of state are published
    state_names = ()  # of kinds whose changes of state are published
    announced = False  # whether a new object's state is published too

    def __init__(self):
        self.thing.kind = self

    def template(self, text):
        """The template from a caller's text."""
        return self.template_class.parse(text)

    def own_number(self, call):
        """The number for -1 in the info call: the caller's own object, if there is one."""
        return -1

    def namesake(self, cloud, name, uid):
        """The object that conflicts with another one of that name for that owner, or None."""
        return cloud.pool(self.name).named(name, uid)

    def check_rename(self, cloud, thing, name):
        """Refuses an invalid new name."""
        check_name(name, ActionError)

    def owned_quota(self, cloud, thing):
        """The quota templates that move with a change of owner: (type, quota template) each."""
        return []

    def before_update(self, thing, template, append):
        """May add attributes to the template of an update."""

    def updated_template(self, cloud, thing, old):
        """Called after a template update, with the previous template `old`; may raise to undo the update."""

    def after_update(self, cloud, thing):
        """Called after a stored update."""

    def after_rename(self, cloud, thing):
        """Called after a stored rename."""

    def after_chown(self, cloud, thing, uid, gid, call):
        """Called after a change of owner or group."""

    def state_words(self, thing):
        """The names of the object's states in events: the state and the life cycle state."""
        return self.state_names[thing.state], ""

    def state_message(self, thing):
        """The text of an event after the name of the new state."""
        return f"<RESOURCE_ID>{thing.oid}</RESOURCE_ID>{thing.xml}"

    def service(self, thing):
        """The number of the service of the object, or ""."""
        return ""

    def drop(self, call, thing):
        """Removes the object; raises ActionError with only the reason to refuse that."""
        leave_clusters(call.cloud, thing)
        call.cloud.drop(thing)

    def created(self, call, template, cluster):
        """Creates and inserts the object of an allocate call; returns its number."""
        raise NotImplementedError
