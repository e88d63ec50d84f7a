"""Modbus register maps, one TOML per transmitter model. Data only: `gateway/protocol/registers.py` reads them."""
