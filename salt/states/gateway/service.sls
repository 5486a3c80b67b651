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

# It runs and is done: the configuration has set the addresses, and this sets them again.
gateway service network:
  service.enabled:
    - name: onegateway-network
    - require:
      - onegateway: gateway configuration
