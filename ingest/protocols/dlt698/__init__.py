"""DL/T 698.45, the object-oriented protocol of Chinese meters and terminals (面向对象协议)."""
