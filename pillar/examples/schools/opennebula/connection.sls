# Where OpenNebula is and who works there: oneadmin, or a member of its group.
opennebula:
  connection:
    endpoint: http://127.0.0.1:2633/RPC2
    # A file on the minion with one line, user:password. In its place: username and password, or a token; each may be
    # the address of a secret (sdb://…), so that none has to stand here.
    auth_file: /var/lib/one/.one/one_auth
    # Seconds without an answer before a call is given up.
    timeout: 30

  # Nothing is removed because it has disappeared from here, unless this says so: for all users, for a blueprint or for
  # one user; the nearest counts. One run removes at most `max_deletions` objects of a user.
  prune: false
  max_deletions: 5
