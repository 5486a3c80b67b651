"""The attributes by which objects tell what these states made of them: between two runs, only the cloud remembers."""

from __future__ import annotations

#: Attribute of every object that this project creates: ``<source>/<owner>``.
MARK = "SALT_MANAGED"
#: Attribute of every version of a published object, and of the build about to be one: the public name.
PUBLISHED = "SALT_PUBLISHED"
#: More attributes of every version: the build it was made from, and when that was.
BUILD, BUILD_ID, STAMP = "SALT_BUILD", "SALT_BUILD_ID", "SALT_STAMP"
#: Attribute of a VM that was powered off for a while only: the power state to bring it back to.
RESTORE = "SALT_RESTORE_POWER"
#: Attribute of a VM that is about to make place for a new one: the ID of the template the new one is made from.
REDEPLOY = "SALT_REDEPLOY"
#: Attribute of the account: CLI name of the kind and name of the object that it is just making.
CLAIM = "SALT_CREATING"
#: Attribute of a group that is new, and has still to get the rights of a new one.
RIGHTS_DUE = "SALT_RIGHTS_DUE"
#: Attribute of an object with values that nobody can read back: for each, by name, a digest of the declared one.
DIGESTS = "SALT_DIGESTS"
