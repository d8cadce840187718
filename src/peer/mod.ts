/** HTTP between instances: the only module that knows it. */
export { Peer, type PeerAddress, type PeerOptions, type PeerTiming } from "./client.ts";
export { type PeerServer, type Receiver, type ServerOptions, startServer } from "./server.ts";
