"""OpenNebula's texts: templates, numbers and yes/no, requirements. Independent of objects and calls."""
