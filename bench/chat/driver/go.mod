module hubbub.chat/driver

go 1.22
