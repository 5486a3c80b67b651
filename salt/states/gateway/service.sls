{%- from tpldir ~ "/map.jinja" import gateway with context %}

include:
  - .config

{%- for unit in ("firewall", "network", "dnsmasq") %}

gateway service {{ unit }}:
  service.enabled:
    - name: onegateway-{{ unit }}
    - require:
      - onegateway: gateway configuration
{%- endfor %}
