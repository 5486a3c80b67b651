{%- from tpldir ~ "/map.jinja" import gateway with context %}

include:
  - .config

{%- for unit in ("firewall", "dnsmasq") %}

gateway service {{ unit }}:
  service.running:
    - name: onegateway-{{ unit }}
    - enable: true
    - require:
      - onegateway: gateway configuration
{%- endfor %}

# Enabled only: the configuration has set the addresses, and the service sets them again at each boot.
gateway service network:
  service.enabled:
    - name: onegateway-network
    - require:
      - onegateway: gateway configuration
