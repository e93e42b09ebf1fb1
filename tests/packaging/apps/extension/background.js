/** Nothing but a place from which the extension's address can be read. */
