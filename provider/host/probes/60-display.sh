# Which functions drive a display, the console or a keyboard.
links 'sys/class/drm/card* sys/class/drm/render* sys/class/graphics/fb* sys/class/input/input*'
files 'sys/class/drm/card*/status sys/class/graphics/fb*/name sys/class/input/input*/name'
