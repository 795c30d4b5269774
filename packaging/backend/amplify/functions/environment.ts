/** What every resolver is told; the connection string is a secret of the deployment. */
import { secret } from "@aws-amplify/backend";

export const environment = {
  ATLAS_CONNECTION_STRING: secret("ATLAS_CONNECTION_STRING"),
  DB_NAME: "tideover",
  COLLECTION_NAME: "todos",
};
