# The address of OpenNebula, and the account: oneadmin, or a member of the group oneadmin.
opennebula:
  connection:
    endpoint: http://127.0.0.1:2633/RPC2
    # A file on the minion with one line, user:password. Instead, you can set username and password, or a token. Each of
    # them may be the address of a secret (sdb://…), so that this file contains none.
    auth_file: /var/lib/one/.one/one_auth
    # A call fails after this number of seconds without an answer.
    timeout: 30

  # With `prune: true`, a run removes objects that are no longer declared. Set it here for all users, in a blueprint or for
  # one user; the most specific value applies. One run removes at most `max_deletions` objects of a user.
  prune: false
  max_deletions: 5
