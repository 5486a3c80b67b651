"""How a cloud begins: all methods loaded, what every fresh cloud has, and what a description adds."""
