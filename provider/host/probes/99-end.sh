# Without this line the reading was cut short, and nothing of it is believed.
printf '== end\n'
