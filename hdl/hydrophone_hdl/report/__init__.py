"""Implementation report: estimates of schedules beside what synthesis measured."""
