"""The view of a user without access to a file."""

import os
import pwd
import traceback

#: Root may read all files: this user is used instead. Other users are used as they are.
WHO = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def as_nobody(function):
    """The result of `function`, a text, in a separate process without root's rights.

    Its modules are imported already: that user may not be allowed to read those of this Python.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                account = pwd.getpwnam(WHO)
                os.setgroups([])
                os.setgid(account.pw_gid)
                os.setuid(account.pw_uid)
            said = function()
        except BaseException:
            said = traceback.format_exc()
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()
