"""How a cloud begins: all methods at hand, what every fresh cloud has, and what a description adds."""
