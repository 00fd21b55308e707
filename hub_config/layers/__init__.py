"""Floor 5: site.yml into JupyterHub's traits. Each layer is apply(c, site), without I/O.

Order is this tuple: a later layer sees and may change what an earlier one set.
"""

from hub_config.layers import auth, hub, pages, proxy, services, spawner

LAYERS = (hub, proxy, auth, spawner, services, pages)
