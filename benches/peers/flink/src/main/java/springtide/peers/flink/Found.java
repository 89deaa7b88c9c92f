package springtide.peers.flink;

import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A record of the output: key and value. */
public record Found(byte[] account, byte[] value) {
    /** Its type, for streams of it. */
    public static final TypeInformation<Found> TYPE = new CompactType<>(Found.class, new Serializer());

    /** Makes a record's key. The sink asks for the type of what it writes, which a lambda does not tell. */
    static final class Keys implements SerializationSchema<Found> {
        private static final long serialVersionUID = 1;

        @Override
        public byte[] serialize(Found found) {
            return found.account;
        }
    }

    /** Makes a record's value. */
    static final class Values implements SerializationSchema<Found> {
        private static final long serialVersionUID = 1;

        @Override
        public byte[] serialize(Found found) {
            return found.value;
        }
    }

    /** Writes and reads a {@link Found}. */
    static final class Serializer extends Compact<Found> {
        private static final long serialVersionUID = 1;

        @Override
        public boolean isImmutableType() {
            return true;
        }

        @Override
        public Found copy(Found from) {
            return from;
        }

        @Override
        public void serialize(Found found, DataOutputView out) throws IOException {
            write(found.account, out);
            write(found.value, out);
        }

        private static void write(byte[] bytes, DataOutputView out) throws IOException {
            out.writeInt(bytes.length);
            out.write(bytes);
        }

        @Override
        public Found deserialize(DataInputView in) throws IOException {
            return new Found(read(in), read(in));
        }

        private static byte[] read(DataInputView in) throws IOException {
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            return bytes;
        }

        @Override
        public TypeSerializerSnapshot<Found> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** Says that the serializer is always the same. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Found> {
        /** For Flink. */
        public Snapshot() {
            super(Serializer::new);
        }
    }
}
