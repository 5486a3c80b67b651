"""Sessions: whether "user:secret" is a user with that password or token, and which user it is."""

import hashlib

from onesim.cloud.things import check_name
from onesim.errors import InternalError
from onesim.oned_conf import SESSION_SECONDS

FORBIDDEN_IN_USER_NAMES = " :\t\n\v\f\r"


def digest(secret):
    """A secret as the daemon stores it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate(call, session, now):
    """Fills in the caller; False if the session is invalid."""
    name, colon, secret = session.partition(":")
    if not colon or not _possible_name(name):
        return False
    user = call.cloud.pool("USER").named(name)
    if user is None or not user.enabled or user.auth_driver.startswith("server"):
        return False
    effective_group = _effective_group(call.cloud, user, secret, now)
    if effective_group is None:
        return False
    call.uid, call.uname, call.umask = user.oid, user.name, user.umask
    if effective_group == -1:
        call.gid, call.gname, call.groups = user.gid, user.gname, frozenset(user.groups)
    else:
        group = call.cloud.find("GROUP", effective_group)
        call.gid, call.gname = effective_group, group.name if group else ""
        call.groups = frozenset({effective_group})
    return True


def _possible_name(name):
    try:
        check_name(name, extra=FORBIDDEN_IN_USER_NAMES)
    except InternalError:
        return False
    return True


def _effective_group(cloud, user, secret, now):
    """The group to which a token is limited, -1 for all groups of the user, None for a wrong secret."""
    token = user.tokens.get(secret)
    if token is not None:
        expires, group = token
        if expires != -1 and now >= expires:
            return None
        if group != -1 and group not in user.groups:
            del user.tokens[secret]
            cloud.update(user)
            return None
        return group
    kept, until = user.session
    if kept == secret and now < until:
        return -1
    if user.auth_driver != "core" or user.password not in (digest(secret), hashlib.sha1(secret.encode()).hexdigest()):
        return None
    user.session = (secret, now + SESSION_SECONDS)
    return -1
