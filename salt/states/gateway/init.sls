# The inside of a gateway: addresses, rules, names and addresses for others, and the machine's own time and packages.
# `gateway.check` comes first and stops the run: nothing is touched while the pillar has an error.
include:
  - .check
  - .package
  - .config
  - .service
  - .ntp
  - .apt
