"""The Form Monitoring SPM (SOP 21-BIPA/5, step 1): a round over all open orders, then frozen."""
