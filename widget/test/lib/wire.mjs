// Messages on the wire, made by hand: what no server sends is sent in its place.
const utf8 = new TextEncoder();

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return Uint8Array.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
}

/** A message of `[number of the field, value]`: texts, numbers, and the bytes of messages. */
export function message(...fields) {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [varint(number << 3), varint(value)];
      const bytes = typeof value === "string" ? utf8.encode(value) : value;
      return [varint((number << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

/** The answer of a unary call by gRPC-Web. */
export function answer(bytes) {
  const framed = (flag, part) => {
    const head = Buffer.alloc(5);
    head[0] = flag;
    head.writeUInt32BE(part.length, 1);
    return [head, part];
  };
  return { status: 200, contentType: "application/grpc-web+proto", body: Buffer.concat([...framed(0, bytes), ...framed(0x80, Buffer.from("grpc-status: 0\r\n"))]) };
}
