"""What OpenNebula's texts say: templates, numbers and yes/no, requirements. Knows nothing of objects or calls."""
