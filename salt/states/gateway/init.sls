# The inside of a gateway: addresses, firewall, DNS and DHCP for its networks, its time and its packages.
# `gateway.check` comes first, and stops the run if the pillar has an error: then nothing is changed.
include:
  - .check
  - .package
  - .config
  - .service
  - .ntp
  - .apt
