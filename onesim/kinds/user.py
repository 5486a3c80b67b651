"""Users: accounts, passwords and tokens, groups, quotas."""

import hashlib
import random

from onesim.api import generic
from onesim.api.accounts import FORBIDDEN_IN_USER_NAMES, digest
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, ids_xml
from onesim.errors import ActionError, ApiError, InternalError, NoExistsError
from onesim.oned_conf import AUTH_DRIVERS, DEFAULT_UMASK, UNKNOWN_AUTH_DRIVER, USER_RESTRICTED, configured
from onesim.rights.access import ADMIN, CREATE, MANAGE, USE, Target, authorize, creation
from onesim.rights.acl_rules import INDIVIDUAL
from onesim.rights.quotas import Quotas
from onesim.rights.vm_operations import check_vm_operations
from onesim.text.templates import UniqueTemplate, cdata

ONEADMIN, ONEADMIN_GROUP, USERS_GROUP = 0, 0, 1
FORBIDDEN_IN_PASSWORDS = " \t\n\v\f\r"
LONGEST_PASSWORD = {
    "ssh": 16 << 10, "x509": 64 << 10, "ldap": 256, "saml": 12 << 10, "server_cipher": 4096,
    "server_x509": 64 << 10, "core": 256, "sunstone": 256,
}  # fmt: skip
MOST_TOKENS = 10


def random_secret():
    """A random secret like those of the daemon."""
    return hashlib.sha256(str(random.getrandbits(64)).encode()).hexdigest()


def check_password(password, driver, error=ActionError, ending=""):
    """Raises `error` for a password that an authentication driver does not accept."""
    if not password:
        raise error(f"Invalid password, it cannot be empty{ending}")
    longest = LONGEST_PASSWORD.get(driver)
    if longest and len(password.encode()) > longest:
        raise error(
            "Password is longer than max allowed length. "
            f"Max allowed length for the driver {driver} : {longest} bytes{ending}"
        )
    bad = next((char for char in password if char in FORBIDDEN_IN_PASSWORDS), None)
    if bad:
        raise error(f"Invalid password, character '{bad}' is not allowed{ending}")


class User(Thing):
    def __init__(self, name, password, driver, gid, gname, groups):
        super().__init__(UniqueTemplate.of(TOKEN_PASSWORD=random_secret()), name, gid=gid, gname=gname)
        self.auth_driver = driver
        self.password = digest(password) if driver == "core" else password
        self.enabled = True
        self.groups = set(groups)
        self.tokens = {}
        self.session = ("", 0)
        self.quotas = Quotas()

    def inserting(self, cloud):
        self.uid, self.uname = self.oid, self.name

    def __getstate__(self):
        return {**super().__getstate__(), "session": ("", 0)}

    @property
    def umask(self):
        text = self.template.get("UMASK")
        if not text:
            return DEFAULT_UMASK
        digits = text.strip()[: len(text.strip()) - len(text.strip().lstrip("01234567"))]
        return int(digits or "0", 8) & 0o777

    def set_password(self, password):
        check_password(password, self.auth_driver)
        self.password = digest(password) if self.auth_driver == "core" else password
        self.session = ("", 0)
        self.tokens.clear()

    def _body(self, extra=""):
        tokens = "".join(
            f"<LOGIN_TOKEN><TOKEN>{token}</TOKEN><EXPIRATION_TIME>{expires}</EXPIRATION_TIME>"
            f"<EGID>{group}</EGID></LOGIN_TOKEN>"
            for token, (expires, group) in sorted(self.tokens.items())
        )
        return (
            f"<USER><ID>{self.oid}</ID><GID>{self.gid}</GID>{ids_xml('GROUPS', self.groups)}<GNAME>{self.gname}</GNAME>"
            f"<NAME>{self.name}</NAME><PASSWORD>{cdata(self.password)}</PASSWORD>"
            f"<AUTH_DRIVER>{cdata(self.auth_driver)}</AUTH_DRIVER><ENABLED>{self.enabled:d}</ENABLED>"
            f"{tokens}{self.template.xml()}{extra}</USER>"
        )

    @property
    def record(self):
        return self._body()

    def render(self):
        return f"{self._body()}<QUOTAS><ID>{self.oid}</ID>{self.quotas.xml()}</QUOTAS>"

    def info(self, call):
        return self._body(self.quotas.xml() + call.cloud.default_quotas["USER"].xml())


class UserKind(Kind):
    name, title, xml_title, tag, pool_tag = "USER", "user", "User", "USER", "USER_POOL"
    thing = User
    names_per_owner = False
    template_class = UniqueTemplate
    restricted = USER_RESTRICTED

    def own_number(self, call):
        return call.uid

    def updated_template(self, cloud, thing, old):
        check_vm_operations(thing.template)

    def drop(self, call, thing):
        if thing.oid == ONEADMIN:
            raise ActionError("oneadmin cannot be deleted.")
        call.cloud.drop(thing)
        for gid in thing.groups:
            group = call.cloud.find("GROUP", gid)
            if group:
                group.remove_user(call.cloud, thing.oid)
                call.cloud.update(group)
        call.cloud.acl.remove_where(lambda rule: rule.user == INDIVIDUAL | thing.oid)


KIND = UserKind()
generic.register(KIND, "user", "info update delete", operations={"delete": ADMIN})


@method("one.userpool.info", kind=KIND, operation=USE, writes=False)
def pool_info(call):
    users = generic.listed(call, KIND, -2, -1, -1)
    defaults = call.cloud.default_quotas["USER"].xml()
    return f"<USER_POOL>{''.join(user.xml for user in users)}{defaults}</USER_POOL>"


@method("one.user.allocate", "sssA", defaults=([],), kind=KIND, operation=CREATE, hidden=(2,))
def allocate(call, name, password, driver, gids):
    """Creates a user in the given groups, the first being the primary one; without any, in the caller's group or in
    "users".
    """
    groups = [call.cloud.get("GROUP", gid) for gid in gids]
    needs = [(MANAGE, group) for group in groups if group.oid != call.gid]
    authorize(call, (CREATE, creation(KIND, call)), *needs)
    if not gids:
        gids = [USERS_GROUP if call.gid == ONEADMIN_GROUP else call.gid]
    return new_user(call.cloud, name, password, driver or "core", gids).oid


def new_user(cloud, name, password, driver, gids):
    """Creates a user and adds it to its groups, the first being the primary one."""
    if configured(AUTH_DRIVERS, driver, UNKNOWN_AUTH_DRIVER)[1]:
        check_password(password, driver, InternalError, ".")
    check_name(name, extra=FORBIDDEN_IN_USER_NAMES, ending=".")
    taken = cloud.pool("USER").named(name)
    if taken:
        raise InternalError(f"NAME is already taken by USER {taken.oid}.")
    user = User(name, password, driver, gids[0], cloud.get("GROUP", gids[0]).name, gids)
    cloud.pool("USER").insert(user)
    for gid in user.groups:
        group = cloud.get("GROUP", gid)
        group.users.add(user.oid)
        cloud.update(group)
    return user


def reachable(call, oid, missing=""):
    """The user of that number, once the caller is authorized. A number below zero is passed on."""
    if oid < 0:
        authorize(call, (call.operation, Target("USER")))
        raise ActionError(missing)
    return generic.reachable(call, KIND, oid)


@method("one.user.passwd", "is", kind=KIND, hidden=(2,))
def passwd(call, oid, password):
    user = reachable(call, oid)
    changeable = configured(AUTH_DRIVERS, user.auth_driver, UNKNOWN_AUTH_DRIVER)[0]
    if not changeable and not call.is_admin:
        raise ActionError(f"Password for driver {user.auth_driver} cannot be changed.")
    user.set_password(password)
    call.cloud.update(user)
    return oid


@method("one.user.chauth", "iss", kind=KIND, operation=ADMIN, hidden=(3,))
def chauth(call, oid, driver, password):
    """Changes the authentication driver, and the password unless it is empty."""
    user = reachable(call, oid)
    if password:
        check_password(password, driver)
    user.auth_driver = driver
    user.session = ("", 0)
    if password:
        user.set_password(password)
    call.cloud.update(user)
    return oid


@method("one.user.enable", "ib", kind=KIND, operation=ADMIN)
def enable(call, oid, enabled):
    user = reachable(call, oid, "User not found")
    if oid == ONEADMIN:
        raise ActionError("Cannot enable/disable oneadmin user")
    if user.enabled != enabled:
        user.enabled = enabled
        if not enabled:
            user.session = ("", 0)
            user.tokens.clear()
        call.cloud.update(user)
    return oid


@method("one.user.login", "ssii", defaults=(-1,), kind=KIND, hidden=(2,))
def login(call, name, token, seconds, group):
    """Creates (seconds > 0, -1: without expiry) or revokes (0) a token, for all of the user's groups or for one."""
    user = call.cloud.pool("USER").named(name)
    if user is None:
        raise NoExistsError
    authorize(call, (MANAGE, user))
    longest = configured(AUTH_DRIVERS, user.auth_driver, UNKNOWN_AUTH_DRIVER)[3]
    if longest > 0 and (seconds > longest or seconds == -1):
        seconds = longest
    if seconds == 0:
        _forget_token(user, token)
    elif seconds > 0 or seconds == -1:
        token = _new_token(call, user, token or random_secret(), seconds, group)
    else:
        raise ApiError("Wrong valid period for token")
    call.cloud.update(user)
    return token


def _forget_token(user, token):
    if not token:
        user.tokens.clear()
    elif user.tokens.pop(token, None) is None:
        raise ApiError(f"Could not find token: {token}")


def _new_token(call, user, token, seconds, group):
    if group != -1 and not call.is_admin and not (group in user.groups and group in call.groups):
        raise ApiError("EGID is not in user group list")
    if group == -1 and user.groups != call.groups:
        raise ApiError("Cannot create a full token with a specific group token")
    expired = [old for old, (expires, _) in user.tokens.items() if expires != -1 and call.now > expires]
    for old in expired:
        del user.tokens[old]
    if len(user.tokens) >= MOST_TOKENS:
        raise ApiError("Max number of tokens limit reached.")
    user.tokens.setdefault(token, (-1 if seconds == -1 else call.now + seconds, group))
    return token


def _group_change(call, oid, gid, error):
    """The user and the group of a change of groups, which the user's driver must not control."""
    user = call.cloud.get("USER", oid)
    if configured(AUTH_DRIVERS, user.auth_driver, UNKNOWN_AUTH_DRIVER)[2] and not (
        error is ApiError and gid in user.groups
    ):
        raise error(f"Groups cannot be manually managed for auth driver {user.auth_driver}")
    return user, call.cloud.get("GROUP", gid)


@method("one.user.chgrp", "ii", kind=KIND)
def chgrp(call, oid, gid):
    """Makes a group the primary one; the user leaves the previous one unless it was a member of both already."""
    if gid < 0:
        raise ApiError("Wrong group ID")
    user, group = _group_change(call, oid, gid, ApiError)
    if oid == ONEADMIN:
        raise InternalError("user [0] oneadmin cannot be moved outside of the group [0] oneadmin")
    authorize(call, (MANAGE, user), (USE, group))
    if user.gid == gid:
        return oid
    old = call.cloud.find("GROUP", user.gid)
    joins = gid not in user.groups
    user.gid, user.gname = gid, group.name
    user.groups.add(gid)
    group.users.add(oid)
    if joins and old:
        user.groups.discard(old.oid)
        old.remove_user(call.cloud, oid)
        call.cloud.update(old)
    call.cloud.update(group)
    call.cloud.update(user)
    return oid


@method("one.user.addgroup", "ii", kind=KIND)
def addgroup(call, oid, gid):
    user, group = _group_change(call, oid, gid, ActionError)
    authorize(call, (MANAGE, user), (MANAGE, group))
    if gid in user.groups:
        raise ActionError("User is already in this group")
    user.groups.add(gid)
    group.users.add(oid)
    call.cloud.update(user)
    call.cloud.update(group)
    return oid


@method("one.user.delgroup", "ii", kind=KIND)
def delgroup(call, oid, gid):
    user, group = _group_change(call, oid, gid, ActionError)
    authorize(call, (MANAGE, user), (MANAGE, group))
    if gid == user.gid:
        raise ActionError("Cannot remove user from the primary group")
    if gid not in user.groups:
        raise ActionError("User is not part of this group")
    user.groups.discard(gid)
    group.remove_user(call.cloud, oid)
    call.cloud.update(user)
    call.cloud.update(group)
    return oid
